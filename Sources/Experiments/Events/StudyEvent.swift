/// What happens in a study. Trials are named by their ids.
///
/// The journal keeps the events that `isRecorded` says; whoever watches a running study is told of the
/// same ones as they happen, and of some more that only matter then. A group's next trial may be
/// started before its last one has ended: tell trials apart by their ids, not by their groups.
public enum StudyEvent: Hashable, Sendable {
  /// A coordinator began to work on the study.
  /// - `digest`: `StudyConfig.digest`; `trials`: how many the study has; `groups` of
  ///   `ranksPerTrial` ranks each train them; `predicted`: seconds that it is thought to take.
  case opened(
    study: String, digest: String, trials: Int, groups: Int, ranksPerTrial: Int,
    predicted: Double? = nil)
  /// What the run is made with: versions, machine, data, by name.
  case environment([String: String])
  /// A trial was handed to a group, which may be made of several: it has so many ranks.
  case started(trial: String, group: Int, ranks: Int = 1)
  /// A trial that was started goes on after a step, in which epochs as many as `epoch` were finished.
  /// The epochs' own events follow in the journal.
  case resumed(trial: String, step: Int, epoch: Int)
  /// A running trial finished an epoch.
  case epoch(trial: String, record: EpochRecord)
  /// A trial ended: finished, failed, stopped or skipped, as its summary says; its files are written.
  case ended(TrialSummary)
  /// A group gave a trial up, whose state is kept: it waits again.
  case interrupted(trial: String)
  /// A trial that failed in an earlier run, or whose files were damaged, is to be run again, from its
  /// beginning: it waits.
  case retried(trial: String)
  /// Something went wrong and was mended.
  case note(trial: String?, text: String)
  /// The coordinator left in order, with the code that the process leaves with, after so many
  /// seconds.
  case closed(code: Int, seconds: Double, predicted: Double?)
  /// The study's folder has a holder on another host, which is watched for a while, as `notice` says.
  case waitingForFolder(notice: String)
  /// A trial goes on; about twice a second for each.
  case progress(trial: String, TrialProgress)
  /// No more trials are handed out, and groups were told to give up theirs.
  case stopping

  /// Whether the journal keeps it.
  public var isRecorded: Bool {
    switch self {
    case .waitingForFolder, .progress, .stopping: false
    case .opened, .environment, .started, .resumed, .epoch, .ended, .interrupted, .retried, .note,
      .closed:
      true
    }
  }
}
