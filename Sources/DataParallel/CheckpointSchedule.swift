/// When a trial writes checkpoints: after every epoch and every so many seconds, but where epochs are
/// shorter than it takes to write one, so seldom that no more than a twentieth of the time goes there.
struct CheckpointSchedule {
  /// The most seconds between two checkpoints, if a step isn't longer.
  let seconds: Double
  private var last: Double

  /// - Parameter now: seconds from any fixed start.
  init(seconds: Double, now: Double) {
    self.seconds = seconds
    last = now
  }

  /// Whether a checkpoint is due between two steps.
  func isDue(at now: Double) -> Bool { now - last >= seconds }

  /// Whether a checkpoint is due after an epoch.
  /// - Parameter cost: seconds that the last one took.
  func isDueAfterEpoch(at now: Double, cost: Double) -> Bool {
    now - last >= min(20 * cost, seconds)
  }

  /// A checkpoint is begun.
  mutating func begin(at now: Double) { last = now }
}
