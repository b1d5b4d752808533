/// An event in a study. Trials are identified by their ids.
///
/// The journal keeps the events that `isRecorded` selects; observers of a running study receive
/// these as they happen, and some more that matter only then. A group's next trial may start before
/// its previous one has ended, so tell trials apart by their ids, not by their groups.
public enum StudyEvent: Hashable, Sendable {
  /// A coordinator began to work on the study.
  /// - `digest`: `StudyConfig.digest`; `trials`: number of trials; `groups` of `ranksPerTrial`
  ///   ranks each train them; `predicted`: seconds that the run should take.
  case opened(
    study: String, digest: String, trials: Int, groups: Int, ranksPerTrial: Int,
    predicted: Double? = nil)
  /// The run's versions, machine and data, by name.
  case environment([String: String])
  /// A search that learns from results proposed a configuration, whose trials now wait.
  case proposed(SearchProposal)
  /// A trial was dispatched to a group of `ranks` ranks, which may be several groups combined.
  case started(trial: String, group: Int, ranks: Int = 1)
  /// A trial resumed after a step, with `epoch` epochs finished. The journal has their events next.
  case resumed(trial: String, step: Int, epoch: Int)
  /// A running trial finished an epoch.
  case epoch(trial: String, record: EpochRecord)
  /// A trial ended: finished, failed, stopped or skipped, as its summary says; its files are written.
  case ended(TrialSummary)
  /// A group released a trial whose state is kept: it waits again.
  case interrupted(trial: String)
  /// A trial that failed earlier, or whose files were damaged, waits to be run from its beginning.
  case retried(trial: String)
  /// A problem that was repaired.
  case note(trial: String?, text: String)
  /// The coordinator shut down in order, with the process's exit code, after `seconds` seconds.
  case closed(code: Int, seconds: Double, predicted: Double?)
  /// Another host holds the study's folder; it is watched for a while, as `notice` says.
  case waitingForFolder(notice: String)
  /// A trial's progress, about twice a second.
  case progress(trial: String, TrialProgress)
  /// No more trials are dispatched, and groups were asked to release theirs.
  case stopping

  package var isRecorded: Bool {
    switch self {
    case .waitingForFolder, .progress, .stopping: false
    default: true
    }
  }
}
