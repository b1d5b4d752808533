/// What activations are compared by: a number for each finished trial. Whatever shows such a number, in tables,
/// files, figures and tests, takes it, its name and its format from here; `Measure.all` is the list.
public struct Measure: Sendable {
  /// Names it in files.
  public let key: String
  /// In words.
  public let title: String
  /// The head of its column, and its name where there is no room.
  public let symbol: String
  /// What it is, where its title doesn't say; nil where it does.
  public let definition: String?
  /// Under which condition it was measured, where it has a definition; nil where that goes without saying.
  public let condition: String?
  /// Whether a larger value is better.
  public let isLargerBetter: Bool
  /// How a value is written.
  public let format: Format
  /// What its values are counted on.
  public let basis: Basis
  /// Where it is shown.
  public let views: Views
  private let measured: @Sendable (StudyResults.TrialResult, _ target: Double?) -> Double?

  /// How a value is written.
  public enum Format: Sendable {
    /// Four digits: one MNIST test sample more or less shows.
    case plain
    /// As `plain`, with its sign.
    case signed
    /// In percent.
    case percent
    /// Seconds, with as many digits as the smallest in its column needs for three that count.
    case seconds
    /// Seconds, written as milliseconds.
    case milliseconds
    /// A count of epochs.
    case epochs
  }

  /// What a measure's values are counted on, which says what is known of their spread.
  public enum Basis: Sendable {
    /// A score of a test set's samples, 0 to 1: sums and quotients of their counts.
    case testSamples
    /// A difference of two such, on the training and the test set.
    case trainingAndTestSamples
    /// Neither.
    case other
  }

  /// Where a measure is shown.
  public struct Views: OptionSet, Sendable {
    /// A bit for each.
    public let rawValue: Int
    /// Views from their bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The tables that a study's command ends with, and those in Markdown.
    public static let summary = Views(rawValue: 1)
    /// The report's tables of scores.
    public static let scores = Views(rawValue: 2)
    /// In print, the columns of tables that a two-column article has.
    public static let article = Views(rawValue: 4)
    /// The table of all trials, and TensorBoard's metrics.
    public static let trials = Views(rawValue: 8)
    /// A figure with a dot for every seed.
    public static let dots = Views(rawValue: 16)
    /// The subject is tested against each other activation: in `report.json`, and for claims.
    public static let tests = Views(rawValue: 32)
    /// Those tests have a table of their own.
    public static let pairs = Views(rawValue: 64)
    /// Only where all trials have it: some results of earlier versions are without, and a mean over the
    /// others would stand among means over all.
    public static let whereMeasured = Views(rawValue: 128)
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

  /// The measures that have this view.
  /// - Parameter isMeasured: whether the view's trials have a measure.
  public static func shown(
    in view: Views, where isMeasured: (Measure) -> Bool = { _ in true }
  ) -> [Measure] {
    all.filter {
      $0.views.contains(view) && (!$0.views.contains(.whereMeasured) || isMeasured($0))
    }
  }

  /// Whether it is a time: what else the machine did shows in it, so none is marked as the best.
  public var isTime: Bool { [.seconds, .milliseconds].contains(format) }

  /// The value for a trial as it was measured, which may be no finite number; nil where it wasn't.
  /// - Parameter target: the test loss that every finished trial of the block reaches.
  public func value(of trial: StudyResults.TrialResult, target: Double? = nil) -> Double? {
    measured(trial, target)
  }

  /// By how much a value is better than another: their difference, turned around where smaller is
  /// better, and zero where it is rounding.
  func advantage(of value: Double, over other: Double) -> Double {
    // Shares are sums and quotients of numbers near 1, their differences too.
    let scale = max(abs(value), abs(other), basis == .other ? 0 : 1)
    let difference = isLargerBetter ? value - other : other - value
    return abs(difference) <= 1e-12 * scale ? 0 : difference
  }

  /// The least standard deviation that differences of two activations can have from one test of so many
  /// samples to another: √(q/n), where a share q of the samples is classified rightly by one of the two
  /// alone. That is no less than the mean size of the accuracies' differences, so a few equal ones don't
  /// make the rest certain. Whatever else is counted on the same samples varies with them, F1 by its own
  /// differences where these are larger. 0 where it isn't known.
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

  /// Whether nothing is known of its spread where the differences in test accuracy have none. A gap has
  /// another part, from the training set: Wilcoxon's test, which assumes no spread, can go by that.
  func needsSpreadOfAccuracy(splitsOverlap: Bool) -> Bool {
    basis == .testSamples || basis == .trainingAndTestSamples && splitsOverlap
  }
}

extension Measure: Hashable {
  /// Measures are told apart by their keys.
  public static func == (a: Measure, b: Measure) -> Bool { a.key == b.key }
  /// By the key.
  public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Measure: Encodable {
  /// Its key.
  public func encode(to encoder: any Encoder) throws { try key.encode(to: encoder) }
}
