import Experiments
import Support

/// A search's result for a terminal: counts of trials by ending, the best configuration of each
/// data set and network, and a table of the ten best.
public struct SearchSummary {
  private let results: StudyResults
  private let objective: SearchSpec.Objective
  private let groups: [ConfigurationGroup]
  private let draws: SearchDraws?

  /// The summary of a search.
  /// - Parameters:
  ///   - draws: number of distinct configurations among those requested.
  ///   - order: ids of trials in order of ending; it doesn't affect the text, because the first in
  ///     the config wins a tie.
  public init(
    _ results: StudyResults, _ search: SearchSpec, draws: SearchDraws? = nil, order: [String] = []
  ) {
    self.results = results
    objective = search.objective
    self.draws = draws
    groups = ConfigurationGroup.all(results, by: search.objective, order: order)
  }

  /// The text, without a trailing line break.
  public var text: String {
    let sentences = SearchAnswer.sentences(groups, results: results, by: objective, draws: draws)
    let tables = groups.prefix(ReportContent.mostBlocks)
      .compactMap { BestTable.table($0, by: objective) }
      .map { "\($0.title.onOneLine)\n\($0.text)" }
    let blocks = [sentences.map(\.onOneLine).joined(separator: "\n") + "\n"] + tables
    return blocks.joined(separator: "\n").trimmingSuffix { $0.isNewline }
  }
}

extension String {
  fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isDropped(last) { text.removeLast() }
    return text
  }
}
