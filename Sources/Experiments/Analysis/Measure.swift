/// A number for each finished trial by which activations are compared. Every table, file, figure
/// and test takes a measure's name and format from here; `Measure.all` is the list.
package struct Measure: Sendable {
  package let key: String
  package let title: String
  /// Head of its column, and short name.
  package let symbol: String
  /// Definition; nil where the title is enough.
  package let definition: String?
  /// Condition of the measurement, for measures with a definition; nil where it is obvious.
  package let condition: String?
  package let isLargerBetter: Bool
  package let format: Format
  /// The samples that its values are counted on.
  package let basis: Basis
  /// The places where it is shown.
  package let views: Views
  private let measured: @Sendable (StudyResults.TrialResult, _ target: Double?) -> Double?

  package enum Format: Sendable {
    /// Four digits, which resolve one MNIST test sample.
    case plain
    /// As `plain`, with the sign.
    case signed
    case percent
    /// Seconds, with the digits that the smallest in its column needs for three significant ones.
    case seconds
    /// Seconds, written as milliseconds.
    case milliseconds
    case epochs
  }

  /// The samples behind a measure's values, which determine what is known about their spread.
  package enum Basis: Sendable {
    /// A score of a test set's samples, 0 to 1: sums and quotients of their counts.
    case testSamples
    /// A difference of two such scores, on the training and the test set.
    case trainingAndTestSamples
    /// Neither.
    case other
  }

  /// The places where a measure is shown.
  package struct Views: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The tables that end a study's command, and those in Markdown.
    package static let summary = Views(rawValue: 1)
    /// The report's tables of scores.
    package static let scores = Views(rawValue: 2)
    /// In print, the columns of tables in a two-column article.
    package static let article = Views(rawValue: 4)
    /// The table of all trials, and TensorBoard's metrics.
    package static let trials = Views(rawValue: 8)
    /// A figure with a dot per seed.
    package static let dots = Views(rawValue: 16)
    /// Tests of the subject against each other activation: in `report.json`, and for claims.
    package static let tests = Views(rawValue: 32)
    /// A separate table of these tests.
    package static let pairs = Views(rawValue: 64)
    /// Only where all trials have it: results of earlier versions may lack it, and a mean over the
    /// rest would stand among means over all.
    package static let whereMeasured = Views(rawValue: 128)
  }

  init(
    _ key: String, title: String? = nil, symbol: String? = nil, definition: String? = nil,
    condition: String? = nil, isLargerBetter: Bool = false, format: Format = .plain,
    basis: Basis = .other, views: Views,
    measured: @escaping @Sendable (StudyResults.TrialResult, _ target: Double?) -> Double?
  ) {
    self.key = key
    self.title = title ?? key
    self.symbol = symbol ?? title ?? key
    self.definition = definition
    self.condition = condition
    self.isLargerBetter = isLargerBetter
    self.format = format
    self.basis = basis
    self.views = views
    self.measured = measured
  }

  /// Returns the measures with this view.
  /// - Parameter isMeasured: whether the view's trials have a measure.
  package static func shown(
    in view: Views, where isMeasured: (Measure) -> Bool = { _ in true }
  ) -> [Measure] {
    all.filter {
      $0.views.contains(view) && (!$0.views.contains(.whereMeasured) || isMeasured($0))
    }
  }

  /// Whether it is a time: times vary with the machine's other load, so none is marked as the best.
  package var isTime: Bool { [.seconds, .milliseconds].contains(format) }

  /// Returns a trial's value, possibly NaN or infinite; nil where it wasn't measured.
  /// - Parameter target: the test loss that every finished trial of the block reaches.
  package func value(of trial: StudyResults.TrialResult, target: Double? = nil) -> Double? {
    measured(trial, target)
  }

  /// Returns by how much a value is better than another: their difference, negated where smaller is
  /// better, and zero where it is rounding.
  func advantage(of value: Double, over other: Double) -> Double {
    // Shares are sums and quotients of numbers near 1, their differences too.
    let scale = max(abs(value), abs(other), basis == .other ? 0 : 1)
    let difference = isLargerBetter ? value - other : other - value
    return abs(difference) <= 1e-12 * scale ? 0 : difference
  }

  /// Returns the smallest standard deviation that differences of two activations can have between
  /// tests of `testCount` samples: √(q/n), where exactly one of the two classifies a share q of the
  /// samples correctly. q is at least the mean size of the accuracies' differences, so a few equal
  /// differences don't imply certainty. Other scores counted on the same samples vary with them, F1
  /// by its own differences where these are larger. 0 where it is unknown.
  /// - Parameter accuracies: the differences in test accuracy of the same trials.
  func leastSpread(_ differences: [Double], accuracies: [Double], testCount: Int?) -> Double {
    guard basis != .other, let testCount, testCount > 0 else { return 0 }
    func size(_ values: [Double]) -> Double {
      values.isEmpty ? 0 : values.reduce(0) { $0 + abs($1) } / Double(values.count)
    }
    // Most of a gap may come from the training set.
    let own = basis == .trainingAndTestSamples ? 0 : size(differences)
    return (max(own, size(accuracies)) / Double(testCount)).squareRoot()
  }

  /// Whether the spread is unknown where the differences in test accuracy have none. A gap also
  /// depends on the training set, which Wilcoxon's test can use because it assumes no spread.
  func needsSpreadOfAccuracy(splitsOverlap: Bool) -> Bool {
    basis == .testSamples || basis == .trainingAndTestSamples && splitsOverlap
  }
}

extension Measure: Hashable {
  package static func == (a: Measure, b: Measure) -> Bool { a.key == b.key }
  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Measure: Encodable {
  package func encode(to encoder: any Encoder) throws { try key.encode(to: encoder) }
}
