import Experiments
import Support

/// A study, as input for its report.
public struct ReportedStudy: Sendable {
  /// The circumstances of the run: names and values, in the page's order.
  public typealias Provenance = [(name: String, value: String)]

  /// The comparison.
  public var analysis: StudyAnalysis
  /// The folder that it was read from.
  public var folder: String
  /// The config with all defaults written out.
  public var config: String
  /// Versions, machine, data, times.
  public var provenance: Provenance
  /// Number of trials in each state, for an unfinished study.
  public var standing: String
  /// Whether every trial has finished.
  public var isComplete: Bool
  /// The search; nil where there is none.
  public var search: SearchSpec?
  /// Number of distinct configurations of the search; nil where there is none.
  public var draws: SearchDraws?
  /// Ids of the trials by their last ending; empty where unknown.
  public var endingOrder: [String]

  /// A study from its parts.
  public init(
    analysis: StudyAnalysis, folder: String, config: String, provenance: Provenance,
    standing: String, isComplete: Bool, search: SearchSpec? = nil,
    draws: SearchDraws? = nil, endingOrder: [String] = []
  ) {
    self.analysis = analysis
    self.folder = folder
    self.config = config
    self.provenance = provenance
    self.standing = standing
    self.isComplete = isComplete
    self.search = search
    self.draws = draws
    self.endingOrder = endingOrder
  }

  /// Whether a search chose its trials.
  public var isSearch: Bool { search != nil }

  /// The study's name.
  public var name: String { analysis.results.name }

  /// The answer in words, the most important sentence first.
  public var answer: [String] { ReportContent.answer(self, configurations) }

  /// The text printed once its report is written: the answer's first sentence; for a search its
  /// winners and the best configurations, for one seed all scores.
  public var summary: String {
    if let search {
      return SearchSummary(analysis.results, search, draws: draws, order: endingOrder).text
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
