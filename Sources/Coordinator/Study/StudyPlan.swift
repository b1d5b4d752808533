import Experiments

/// Sees each event as it happens, with how far the study is. Called on the leader's thread, which
/// hands out no trials meanwhile: it should be quick.
public typealias StudyObserver = @Sendable (StudyEvent, StudyCounts) -> Void

/// What a study is to run, where, and who watches.
public struct StudyPlan: Sendable {
  /// The study.
  public var config: StudyConfig
  /// Its folder.
  public var folder: String
  /// All its trials with their costs; those that the folder already has are left out by the leader.
  public var trials: [QueuedTrial]
  /// Trials of these that can't be run, by id, with the reason.
  public var skipped: [String: String]
  /// Seconds that a trial takes on so many groups together, where groups of one rank may join; nil
  /// where they don't.
  public var secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)?
  /// How long trials take, which is learnt on from their epochs and decides who goes first; nil where
  /// the trials' costs are all there is.
  public var pace: StudyPace?
  /// Which trials a search stops early, and which of them go on; nil where none does.
  public var halving: SuccessiveHalving?
  /// Whether trials that failed in earlier runs are run again.
  public var retriesFailed: Bool
  /// Whether the folder may be another user's.
  public var allowsForeignFolder = false
  /// What the run is made with, by name, for the journal.
  public var environment: [String: String] = [:]
  /// Sees what happens.
  public var observer: StudyObserver

  /// A plan from its parts.
  public init(
    config: StudyConfig, folder: String, trials: [QueuedTrial], skipped: [String: String] = [:],
    halving: SuccessiveHalving? = nil, retriesFailed: Bool = true,
    observer: @escaping StudyObserver = { _, _ in }
  ) {
    self.config = config
    self.folder = folder
    self.trials = trials
    self.skipped = skipped
    self.halving = halving
    self.retriesFailed = retriesFailed
    self.observer = observer
  }
}
