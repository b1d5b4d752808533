import Experiments
import Support

/// What came of a search, for a terminal: how many trials ended and how, the best configuration of each
/// data set and network, and the ten best in a table.
public struct SearchSummary {
  private let results: StudyResults
  private let objective: SearchSpec.Objective
  private let groups: [ConfigurationGroup]
  private let draws: SearchDraws?

  /// The summary of a search.
  /// - Parameter order: ids of trials in the order in which they ended; of equally good ones the first
  ///   in the config counts, so that it doesn't matter here.
  /// - Parameter draws: how many of the configurations that the search asked for differ.
  public init(
    _ results: StudyResults, _ search: SearchSpec, draws: SearchDraws? = nil, order: [String] = []
  ) {
    self.results = results
    objective = search.objective
    self.draws = draws
    groups = ConfigurationGroup.all(results, by: search.objective, order: order)
  }

  /// The text, without a line break at its end.
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
