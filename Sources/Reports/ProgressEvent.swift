import Experiments
import Support

/// What happens in a study while it runs, as far as its display is concerned.
public enum ProgressEvent: Sendable {
  /// A trial began.
  case started(TrialName)
  /// A running trial is this far within an epoch; sent as often as the display should move.
  case step(TrialName, EpochProgress)
  /// A running trial finished an epoch.
  case epoch(TrialName, EpochProgress)
  /// A trial ended.
  case ended(TrialName, TrialEnding)
  /// Something is to be said of a trial that goes on.
  case note(TrialName, String)
  /// The counts of the whole study.
  case study(StudyProgress)
}

/// Which trial an event is about: its id and the parts of its line.
public struct TrialName: Hashable, Sendable {
  /// `Trial.id`.
  public let id: String
  /// The activation with its parameters: `srelu(beta=0.25)`.
  public let activation: String
  /// The data set.
  public let dataset: String
  /// The architecture.
  public let architecture: String
  /// The seed.
  public let seed: UInt64

  /// A name from its parts.
  public init(id: String, activation: String, dataset: String, architecture: String, seed: UInt64) {
    self.id = id
    self.activation = activation
    self.dataset = dataset
    self.architecture = architecture
    self.seed = seed
  }

  /// The parts in the order in which they are shown, without control characters.
  var parts: [String] {
    [activation, dataset, architecture, "seed \(seed)"].map(\.onOneLine)
  }

  /// The parts in one line.
  var line: String { parts.joined(separator: " ") }
}

/// Where a trial stands.
public struct EpochProgress: Hashable, Sendable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// Epochs that the trial will train.
  public let epochs: Int
  /// Share of the epoch's steps that are done, 0 to 1.
  public let fraction: Double
  /// Mean loss per sample; nil while unknown.
  public let loss: Double?
  /// Share of samples classified correctly; nil while unknown.
  public let accuracy: Double?
  /// Training samples per second over all ranks of the trial; nil while unknown.
  public let samplesPerSecond: Double?

  /// A position from its parts.
  public init(
    epoch: Int, epochs: Int, fraction: Double, loss: Double? = nil, accuracy: Double? = nil,
    samplesPerSecond: Double? = nil
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.fraction = fraction
    self.loss = loss
    self.accuracy = accuracy
    self.samplesPerSecond = samplesPerSecond
  }
}

/// How a trial ended.
public enum TrialEnding: Hashable, Sendable {
  /// With this test accuracy, after this many seconds.
  case finished(testAccuracy: Double, seconds: Double)
  /// For this reason, after this many seconds.
  case failed(reason: String, seconds: Double)
  /// Not trained, for this reason.
  case skipped(reason: String)
  /// Stopped by a search, for this reason; it may go on.
  case stopped(reason: String)
  /// Given up; the next run goes on with it.
  case interrupted

  /// Why the trial failed or was skipped, which is told once for all trials.
  var reason: String? {
    switch self {
    case .failed(let reason, _), .skipped(let reason): reason
    case .finished, .stopped, .interrupted: nil
    }
  }
}

/// The whole study in counts of trials.
public struct StudyProgress: Hashable, Sendable {
  /// Trials with a result.
  public let done: Int
  /// Trials being trained.
  public let running: Int
  /// Trials not started.
  public let left: Int
  /// Trials that failed.
  public let failed: Int
  /// Trials that were skipped.
  public let skipped: Int
  /// Trials that a search has stopped.
  public let stopped: Int
  /// Seconds since the run began.
  public let seconds: Double?
  /// Seconds that the run was thought to take when it began.
  public let predictedSeconds: Double?
  /// Estimated seconds until the last trial ends; nil while nothing is known.
  public let secondsLeft: Double?

  /// Counts from their parts.
  public init(
    done: Int, running: Int, left: Int, failed: Int = 0, skipped: Int = 0,
    stopped: Int = 0, secondsLeft: Double? = nil, seconds: Double? = nil,
    predictedSeconds: Double? = nil
  ) {
    self.done = done
    self.running = running
    self.left = left
    self.failed = failed
    self.skipped = skipped
    self.stopped = stopped
    self.secondsLeft = secondsLeft
    self.seconds = seconds
    self.predictedSeconds = predictedSeconds
  }
}
