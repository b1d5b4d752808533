import NeuralNet
import Storage
import Support

extension ParameterArena {
  /// What the places of a checkpoint's tensors mean, in words.
  var checkpointLayout: String {
    views.map { view in
      "\(view.name) \(view.shape.map(String.init).joined(separator: "x")) @\(view.offset)"
    }.joined(separator: "; ")
  }
}

extension CheckpointFolder {
  /// Writes an arena's state at once.
  package func save(_ state: TrainingState, _ arena: ParameterArena) throws(WriteError) {
    var body: [Float] = []
    for part in [arena.parameters, arena.firstMoments, arena.secondMoments] {
      body += part.elements
    }
    var lines = EpochLines()
    lines.update(state.records)
    let epochs = lines.bytes
    let result = body.withUnsafeBytes { bytes in
      let header = CheckpointFile.header(
        state, layout: arena.checkpointLayout, body: bytes, epochs: epochs)
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
    let found = read(trial: trial, layout: arena.checkpointLayout)
    return (found.contents?.state, found.notes)
  }
}
