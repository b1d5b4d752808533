import Experiments
import Foundation
import Storage
import Support

package struct ReportedStudy: Sendable {
  /// The circumstances of the run: names and values, in the page's order.
  package typealias Provenance = [(name: String, value: String)]

  package var analysis: StudyAnalysis
  /// The config with all defaults written out.
  package var config: String
  /// Versions, machine, data, times.
  package var provenance: Provenance
  /// Number of trials in each state, for an unfinished study.
  package var standing: String
  /// Whether every trial has finished.
  package var isComplete: Bool
  /// The search; nil where there is none.
  package var search: SearchSpec?
  /// Number of distinct configurations of the search; nil where there is none.
  package var draws: SearchDraws?
  /// Ids of the trials by their last ending; empty where unknown.
  package var endingOrder: [String]

  package init(
    analysis: StudyAnalysis, config: String, provenance: Provenance, standing: String,
    isComplete: Bool, search: SearchSpec? = nil, draws: SearchDraws? = nil,
    endingOrder: [String] = []
  ) {
    self.analysis = analysis
    self.config = config
    self.provenance = provenance
    self.standing = standing
    self.isComplete = isComplete
    self.search = search
    self.draws = draws
    self.endingOrder = endingOrder
  }

  package var isSearch: Bool { search != nil }

  package var name: String { analysis.results.name }

  /// The answer in words, the most important sentence first.
  package var answer: [String] {
    guard isSearch else { return OneSeed.answer(self) ?? analysis.answer }
    return SearchAnswer.sentences(
      configurations, results: analysis.results, by: objective, draws: draws)
  }

  /// The text printed once its report is written: the answer's first sentence; for a search its
  /// winners and the best configurations, for one seed all scores.
  package var summary: String {
    if let search {
      return SearchSummary.text(analysis.results, search, draws: draws)
    }
    return (OneSeed.answer(self) ?? Array(answer.prefix(1)))
      .prefix(ReportContent.mostBlocks).map(\.onOneLine).joined(separator: "\n")
  }

  /// The objective that ranks configurations.
  var objective: SearchSpec.Objective { search?.objective ?? .testLoss }

  var configurations: [ConfigurationGroup] {
    ConfigurationGroup.all(analysis.results, by: objective, order: endingOrder)
  }
}

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
      analysis: StudyAnalysis(results, subject: subject), config: study.yaml,
      provenance: provenance(study, state, now.records), standing: status.standing,
      isComplete: status.isComplete, search: study.search, draws: study.draws,
      endingOrder: state.history.reversed().grouped { $0.trial }.map(\.key).reversed())
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
