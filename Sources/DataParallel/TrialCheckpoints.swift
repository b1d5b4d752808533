import Health
import MPI
import NeuralNet
import Storage

/// A trial's checkpoints, on every rank of its group; the first one reads and writes them, where it has a
/// folder for that.
struct TrialCheckpoints {
  /// What the first rank has.
  private struct Files {
    let folder: CheckpointFolder
    let writer: CheckpointWriter
    /// The most seconds between two checkpoints, if a step isn't longer.
    let seconds: Double
    /// When the last one was begun.
    var last = 0.0
    /// Whether the observer knows that they can't be written.
    var isFailureTold = false
  }

  private let replica: Replica
  private let observer: any TrialObserver
  private let clock = Stopwatch(already: 0)
  private var files: Files?

  init(_ options: TrainerOptions, of replica: Replica, observer: any TrialObserver) {
    self.replica = replica
    self.observer = observer
    guard replica.group.rank == 0, let folder = options.checkpoints else { return }
    files = Files(
      folder: folder, writer: CheckpointWriter(folder, arena: replica.network.arena),
      seconds: options.checkpointSeconds)
  }

  /// Where the first rank's checkpoint says that the trial goes on; collective.
  /// - Returns: nil at the beginning.
  func resume(_ trial: String) throws -> TrainingState? {
    let (group, arena) = (replica.group, replica.network.arena)
    replica.heartbeat.beat(.files, step: 0)
    let found = files?.folder.read(trial: trial, layout: CheckpointFile.Layout(arena))
    for note in found?.notes ?? [] { try observer.note(note) }
    var state = found?.contents?.state
    replica.heartbeat.beat(.meeting, step: 0)
    if group.size > 1 { state = try group.broadcast(message: state, root: 0) }
    replica.heartbeat.beat(.start, step: 0)
    guard let state else { return nil }
    for (values, target) in zip(found?.contents?.tensors ?? [], arena.kept.map(\.values)) {
      precondition(values.count == target.count, "\(values.count) values for \(target.count)")
      target.base.update(from: values, count: values.count)
    }
    try replica.shareState()
    if group.rank == 0 { try observer.resumed(state) }
    return state
  }

  /// Whether this rank wants a checkpoint after the next step.
  mutating func isWanted() throws -> Bool {
    guard let files else { return false }
    try tellFailure()
    return !files.writer.isBusy && clock.seconds - files.last >= files.seconds
  }

  /// Writes the state, if the replicas agree on it: what is wrong must not be kept. Collective.
  /// - Parameter stopping: waits until it is on the disk.
  mutating func write(_ state: TrainingState, stopping: Bool) throws {
    try replica.check(step: state.step)
    try write(state, waiting: stopping)
  }

  /// As above after an epoch, whose replicas were compared already. Where epochs are shorter than it takes to
  /// write one, no more than a twentieth of the time goes there.
  mutating func writeAfterEpoch(_ state: TrainingState, pausing: Bool) throws {
    var isDue =
      files.map {
        !$0.writer.isBusy
          && clock.seconds - $0.last >= min(20 * $0.writer.seconds, $0.seconds)
      } ?? false
    if replica.gathersState {
      isDue = try replica.group.broadcast(Int64(isDue ? 1 : 0), root: 0) > 0
    }
    if pausing || isDue { try write(state, waiting: pausing) }
  }

  private mutating func write(_ state: TrainingState, waiting: Bool) throws {
    // To start one may mean to wait for the one before.
    if waiting { replica.heartbeat.beat(.files, step: state.step) }
    try replica.gatherState()
    let now = clock.seconds
    files?.last = now
    files?.writer.start(state, replica.network.arena)
    guard waiting else { return }
    finish()
    try tellFailure()
  }

  private mutating func tellFailure() throws {
    guard let files, !files.isFailureTold, let failure = files.writer.failure else { return }
    self.files?.isFailureTold = true
    try observer.cannotWrite(failure)
  }

  /// Waits until what was begun is on the disk.
  func finish() { files?.writer.finish() }
}
