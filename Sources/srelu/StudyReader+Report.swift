import Experiments
import Foundation
import Reports
import Storage
import Support

extension StudyReader {
  struct NoSubject: ReportableError {
    let name: String
    let known: [String]
    var description: String {
      "--subject \(name): the study has no such activation; it has \(known.joined(separator: ", "))."
    }
    var exitCode: ExitCode { .usage }
  }

  /// The study as its report shows it.
  /// - Parameter subject: the activation to compare with all others; nil for the default.
  package func reported(subject: String?) throws -> ReportedStudy {
    let now = try snapshot()
    let (study, state) = (now.study, now.state)
    let results = try results(study, state)
    let known = Set(study.activations.flatMap { [$0.name, $0.label] })
    if let subject, !known.contains(subject) {
      throw NoSubject(name: subject, known: study.activations.map(\.label))
    }
    // From the same state as the results: the study may be running.
    let status = StudyStatus(study, state, isOpen: now.isOpen)
    return ReportedStudy(
      analysis: StudyAnalysis(results, subject: subject), folder: folder, config: study.yaml,
      provenance: provenance(study, state, now.records), standing: status.standing,
      isComplete: status.isComplete, search: study.search,
      draws: study.draws, endingOrder: endingOrder(state))
  }

  /// The trials' ids in the order in which each last ended.
  private func endingOrder(_ state: JournalState) -> [String] {
    var last: [String: Int] = [:]
    for (place, ending) in state.history.enumerated() { last[ending.trial] = place }
    return last.sorted { $0.value < $1.value }.map(\.key)
  }

  private func provenance(
    _ study: StudyConfig, _ state: JournalState, _ records: [JournalRecord]
  ) -> ReportedStudy.Provenance {
    var lines: ReportedStudy.Provenance = [
      ("folder", folder), ("trials", String(study.trials.count)),
      ("ranks per trial", study.widensGroups ? "auto" : String(study.ranksPerTrial)),
      ("config digest", String(study.digest.prefix(16))),
    ]
    lines += state.environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if let first = records.first?.time, let last = records.last?.time {
      lines.append(("begun", first))
      lines.append(("last line of the journal", last))
    }
    lines.append(("wall-clock time of all runs", String(format: "%.0f s", state.seconds)))
    return lines
  }
}
