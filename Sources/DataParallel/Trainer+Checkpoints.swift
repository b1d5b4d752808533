import NeuralNet
import Storage

/// A trial's checkpoints on the group's first rank.
struct TrialCheckpoints {
  let folder: CheckpointFolder
  let writer: CheckpointWriter
  private var schedule: CheckpointSchedule
  private let clock = Stopwatch(already: 0)
  /// Whether the observer knows that they can't be written.
  var isFailureTold = false

  init(_ folder: CheckpointFolder, arena: ParameterArena, seconds: Double) {
    self.folder = folder
    writer = CheckpointWriter(folder, arena: arena)
    schedule = CheckpointSchedule(seconds: seconds, now: 0)
  }

  var isDue: Bool { !writer.isBusy && schedule.isDue(at: clock.seconds) }

  var isDueAfterEpoch: Bool {
    !writer.isBusy
      && schedule.isDueAfterEpoch(at: clock.seconds, cost: writer.seconds)
  }

  mutating func start(_ state: TrainingState, _ arena: ParameterArena) {
    schedule.begin(at: clock.seconds)
    writer.start(state, arena)
  }

  func finish() { writer.finish() }
}

extension Trainer {
  /// Goes on where the first rank's checkpoint says; collective. Without one, at the beginning.
  func resume() throws {
    options.heartbeat.beat(.files, step: 0)
    var found = CheckpointFolder.Found()
    if let folder = options.checkpoints, group.rank == 0 {
      found = folder.read(
        trial: trial.id, layout: CheckpointFile.Layout(replica.network.arena))
      for note in found.notes { try observer.note(note) }
    }
    var shared = found.contents?.state
    options.heartbeat.beat(.meeting, step: 0)
    if group.size > 1 { shared = try group.broadcast(message: shared, root: 0) }
    options.heartbeat.beat(.start, step: 0)
    guard let shared else { return }
    state = shared
    if let contents = found.contents { replica.network.arena.load(contents.tensors) }
    try replica.shareState()
    if group.rank == 0 { try observer.resumed(state) }
  }

  /// Whether this rank wants a checkpoint after the next step.
  func wantsCheckpoint() throws -> Bool {
    guard let checkpoints else { return false }
    try tellFailure()
    return checkpoints.isDue
  }

  /// Writes the state, if the replicas agree on it: what is wrong must not be kept. Collective.
  ///
  /// - Parameter stopping: waits until it is on the disk.
  func checkpoint(stopping: Bool) throws {
    try replica.check(step: state.step)
    try writeCheckpoint(waiting: stopping)
  }

  /// As above after an epoch, whose replicas were compared already.
  func checkpointAfterEpoch(pausing: Bool) throws {
    if pausing || checkpoints?.isDueAfterEpoch == true { try writeCheckpoint(waiting: pausing) }
  }

  private func writeCheckpoint(waiting: Bool) throws {
    // To start one may mean to wait for the one before.
    if waiting { options.heartbeat.beat(.files, step: state.step) }
    checkpoints?.start(state, replica.network.arena)
    guard waiting else { return }
    checkpoints?.finish()
    try tellFailure()
  }

  private func tellFailure() throws {
    guard let checkpoints, !checkpoints.isFailureTold, let failure = checkpoints.writer.failure
    else { return }
    self.checkpoints?.isFailureTold = true
    try observer.cannotWrite(failure)
  }
}

extension ParameterArena {
  /// What was kept, in the order of `kept`.
  func load(_ tensors: [[Float]]) {
    for (values, target) in zip(tensors, kept.map(\.values)) {
      precondition(values.count == target.count, "\(values.count) values for \(target.count)")
      target.base.update(from: values, count: values.count)
    }
  }
}
