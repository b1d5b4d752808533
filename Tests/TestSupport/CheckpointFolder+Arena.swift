import DataParallel
import NeuralNet
import Storage
import Support

extension CheckpointFolder {
  /// Writes an arena's state at once.
  package func save(_ state: TrainingState, _ arena: ParameterArena) throws(WriteError) {
    var body: [Float] = []
    for part in arena.kept { body += part.values.elements }
    var lines = EpochLines()
    lines.update(state.records)
    let epochs = lines.bytes
    let result = body.withUnsafeBytes { bytes in
      let header = CheckpointFile.header(
        state, layout: CheckpointFile.Layout(arena), body: bytes, epochs: epochs)
      return Result { () throws(WriteError) in
        try write(header: header, body: bytes, epochs: epochs)
      }
    }
    try result.get()
  }

  /// The state of the checkpoint that a trial would go on from, and what was wrong with others.
  package func newestState(
    trial: String, _ arena: ParameterArena
  ) -> (state: TrainingState?, notes: [String]) {
    let found = read(trial: trial, layout: CheckpointFile.Layout(arena))
    return (found.contents?.state, found.notes)
  }
}
