/// A search method, used by asking and telling: it proposes configurations, is told how their trials went,
/// and decides which trials stop early.
///
/// A pure state machine: the same reports in the same order give the same answers. Proposals that depend on
/// results are journalled, so that a resumed study has the same trials. To add a method, write a type like
/// this in a file of its own and add it to `SearchStrategies.all`.
package protocol SearchStrategy: Sendable {
  static var name: String { get }
  /// Its line in the reference.
  static var purpose: String { get }
  /// Its own settings, each with a default.
  static var settings: [Setting] { get }
  /// The most parameters it can draw; 0 if it draws none.
  static var parameterLimit: Int { get }
  /// Whether its proposals depend on results; otherwise all are known before the study starts.
  static var learns: Bool { get }
  /// Whether trials may stop before their last epoch.
  static var stopsEarly: Bool { get }

  /// A search that has proposed nothing yet.
  init(_ search: SearchSpec)

  /// Proposes the next configuration.
  /// - Parameter index: the number of configurations proposed before.
  /// - Returns: its values in the order of the search's parameters; nil to wait for more results.
  mutating func next(_ index: Int) -> [Double]?

  /// Takes in that a trial stopped early or ended. Idempotent.
  /// - Returns: the ids of stopped trials that are now to resume, the best first.
  mutating func report(_ result: SearchResult) -> [String]

  /// Whether a trial stops after this epoch, which isn't its last.
  func shouldStop(_ trial: SearchedTrial, after epoch: Int) -> Bool
}

extension SearchStrategy {
  package static var settings: [Setting] { [] }
  package static var parameterLimit: Int { .max }
  /// Proposals don't depend on results.
  package static var learns: Bool { false }
  /// Every trial runs to its last epoch.
  package static var stopsEarly: Bool { false }
  package mutating func report(_ result: SearchResult) -> [String] { [] }
  package func shouldStop(_ trial: SearchedTrial, after epoch: Int) -> Bool { false }
}

/// The result of a trial that stopped early or ended.
package struct SearchResult: Sendable {
  /// `Trial.id`.
  package var id: String
  package var trial: SearchedTrial
  /// Its last finished epoch; 0 if it finished none.
  package var epoch: Int
  /// The objective after that epoch, smaller is better; infinite for a failed trial.
  package var value: Double
  /// Whether it finished or failed, rather than stopped early.
  package var hasEnded: Bool

  package init(id: String, trial: SearchedTrial, epoch: Int, value: Double, hasEnded: Bool) {
    self.id = id
    self.trial = trial
    self.epoch = epoch
    self.value = value
    self.hasEnded = hasEnded
  }
}

/// The search methods that a config may name.
package enum SearchStrategies {
  /// The methods in the order of the reference.
  package static let all: [any SearchStrategy.Type] = [
    GridSearch.self,
    RandomSearch.self,
    SobolSearch.self,
    SuccessiveHalving.self,
    TPESearch.self,
  ]
}

/// No search: the plain grid.
struct GridSearch: SearchStrategy {
  static let name = "grid"
  static let purpose = "Draws nothing: the plain grid."
  static let parameterLimit = 0

  init(_ search: SearchSpec) {}

  func next(_ index: Int) -> [Double]? { nil }
}
