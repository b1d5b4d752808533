import Experiments
import Support

/// A search's result for a terminal: counts of trials by ending, the best configuration of each
/// data set and network, and a table of the ten best.
package enum SearchSummary {
  /// Returns the text, without a trailing line break.
  /// - Parameter draws: number of distinct configurations among those requested.
  package static func text(
    _ results: StudyResults, _ search: SearchSpec, draws: SearchDraws?
  ) -> String {
    let objective = search.objective
    let groups = ConfigurationGroup.all(results, by: objective, order: [])
    let sentences = SearchAnswer.sentences(groups, results: results, by: objective, draws: draws)
    let tables = groups.prefix(ReportContent.mostBlocks)
      .compactMap { BestTable.table($0, by: objective) }
      .map { "\n\($0.title.onOneLine)\n\($0.text)" }
    let text = sentences.map { $0.onOneLine + "\n" }.joined() + tables.joined()
    return String(text.dropLast())
  }
}
