import DataParallel
import Experiments
import Storage

/// What happens in a study, as the leader sees it.
///
/// A group's next trial may be told as started before its last one is told as ended: tell trials
/// apart by their ids, not by their groups.
public enum StudyEvent: Hashable, Sendable {
  /// The study's folder has a holder on another system, which is watched for `FolderLock.lease` seconds.
  case waitingForFolder(String, holder: LockOwner)
  /// The folder is open and trials are about to be handed out.
  case studyStarted
  /// A trial was handed to a group.
  case trialStarted(QueuedTrial, group: Int)
  /// A trial goes on; about twice a second for each.
  case progress(QueuedTrial, TrialProgress)
  /// A trial finished an epoch.
  case epochFinished(QueuedTrial, EpochRecord)
  /// A trial is done and its files are written.
  case trialFinished(QueuedTrial, TrialSummary)
  /// A trial ended with an error, which is recorded.
  case trialFailed(QueuedTrial, TrialSummary)
  /// A trial isn't run, because its data can't be had.
  case trialSkipped(QueuedTrial, TrialSummary)
  /// A search has stopped a trial, which may go on later.
  case trialStopped(QueuedTrial, TrialSummary)
  /// A trial was given up because the study stops; the next run goes on with it.
  case trialInterrupted(QueuedTrial)
  /// A trial goes on after a step, from its checkpoint.
  case trialResumed(QueuedTrial, step: Int)
  /// Something went wrong with a trial and was mended.
  case trialNote(QueuedTrial, String)
  /// No more trials are handed out, and groups were told to give up theirs.
  case studyStopping
  /// The study is over.
  case studyFinished(StudySummary)
}

/// Sees each event as it happens, with how far the study is. Called on the leader's thread, which
/// hands out no trials meanwhile: it should be quick.
public typealias StudyObserver = @Sendable (StudyEvent, QueueSnapshot) -> Void

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
