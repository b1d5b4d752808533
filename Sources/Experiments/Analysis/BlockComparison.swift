/// The activations of one block, and how the subject of the study does against each.
public struct BlockComparison: Sendable {
  /// The subject against one other activation in one measure.
  public struct Pairing: Sendable {
    /// The other activation.
    public let baseline: ActivationSpec
    /// What is compared.
    public let measure: Measure
    /// For each seed that both finished, how much better the subject is: its value minus the other's,
    /// negated where smaller is better.
    public let advantages: [Double]
    /// What the advantages show; nil for fewer than two seeds. It has no intervals where `interval` is
    /// nil because of too few seeds.
    public internal(set) var comparison: PairedComparison?
    /// The test that the verdict goes by.
    public let result: PairedTest
    /// Two-sided p adjusted after Holm for the comparisons with all other activations of the block.
    public internal(set) var adjustedPValue: Double?
    /// The smallest adjusted p that such advantages and so many comparisons could give.
    public internal(set) var smallestPValue: Double
    /// Where the seeds' training sets overlap: samples held out divided by samples trained on.
    public let testToTrain: Double?
    /// The standard deviation that the test takes at the least.
    let leastSpread: Double
    /// How many comparisons share the level.
    public internal(set) var familySize = 1

    /// How much better the subject is, as the test estimates it.
    public var estimate: Double? { result.estimate }
    /// The interval of the estimate; nil where no result of so few seeds could decide, because it would
    /// look as if it did.
    public var interval: Interval? { canDecide ? result.interval : nil }
    /// Two-sided p of the test; nil where there is nothing to judge by.
    public var pValue: Double? { result.pValue }
    /// The test's name.
    public var test: String { result.name }

    /// Whether the subject is shown to be better, at 0.05 after Holm.
    public var isShownBetter: Bool { isShown && result.direction > 0 }
    /// Whether it is shown to be worse.
    public var isShownWorse: Bool { isShown && result.direction < 0 }

    /// Whether so many seeds could show something among so many comparisons.
    var canDecide: Bool { smallestPValue <= Verdict.level }

    private var isShown: Bool {
      canDecide && adjustedPValue.map { $0 <= Verdict.level } ?? false
    }

    /// How many seeds it would take to show a difference of this size and spread among so many
    /// comparisons, with a chance of 80 %; nil where no number would do, or nothing is known of the
    /// spread.
    public var seedsNeeded: Int? {
      guard pValue != nil else { return nil }
      return comparison?.seedsNeeded(
        comparisons: familySize, testToTrain: testToTrain, leastSpread: leastSpread)
    }
  }

  /// Where they meet.
  public let block: Block
  /// The block's name among the study's.
  public let label: String
  /// Its cells of trials that finished, one for each activation, in the study's order.
  public let cells: [Cell]
  /// The activation that the study is about.
  public let subject: ActivationSpec?
  /// Samples of the test set; nil where no trial's confusion matrix says.
  let testCount: Int?
  /// The pairings of the subject, by measure.
  public let pairings: [Measure: [Pairing]]

  init(
    block: Block, label: String, cells: [Cell], subject: ActivationSpec?, testToTrain: Double?
  ) {
    self.block = block
    self.label = label
    self.cells = cells
    let testCount = cells.flatMap(\.trials).compactMap { ($0.testMatrix?.total).map(Int.init) }
      .max()
    self.testCount = testCount
    let own = cells.first { $0.activation == subject }
    self.subject = own?.activation
    guard let own else {
      pairings = [:]
      return
    }
    let others = Self.rivals(of: own.activation, among: cells)
    pairings = Dictionary(
      uniqueKeysWithValues: Measure.shown(in: .tests).map { measure in
        let pairs = others.map { other in
          Pairing(own, other, measure: measure, testToTrain: testToTrain, testCount: testCount)
        }
        return (measure, Self.adjusted(pairs))
      })
  }

  /// The activations that the subject is compared with: those of other names. The same function with
  /// other parameters is no rival to it, unless there is nothing else.
  static func rivals(of subject: ActivationSpec, among cells: [Cell]) -> [Cell] {
    let others = cells.filter { $0.activation != subject }
    let foreign = others.filter { $0.activation.name != subject.name }
    return foreign.isEmpty ? others : foreign
  }

  /// The pairings with p adjusted for their number. One that gives no p counts as one that shows
  /// nothing.
  private static func adjusted(_ pairings: [Pairing]) -> [Pairing] {
    let compared = pairings.indices.filter { pairings[$0].comparison != nil }
    let adjusted = holmAdjusted(compared.map { pairings[$0].pValue ?? 1 })
    var result = pairings
    for (place, index) in compared.enumerated() where pairings[index].pValue != nil {
      result[index].adjustedPValue = adjusted[place]
    }
    for index in result.indices {
      result[index].familySize = max(1, compared.count)
      result[index].smallestPValue = min(
        1, result[index].smallestPValue * Double(result[index].familySize))
      if !result[index].canDecide {
        result[index].comparison = result[index].comparison?.withoutIntervals
      }
    }
    return result
  }

  /// The subject's cell.
  package var own: Cell? { cells.first { $0.activation == subject } }
}

extension BlockComparison.Pairing {
  /// - Parameters:
  ///   - testToTrain: where the seeds' training sets overlap, how large the tests are beside them: the
  ///     t test is corrected for that, and Wilcoxon's test, which has no such correction, isn't the one
  ///     that counts.
  ///   - testCount: samples of each test.
  fileprivate init(
    _ own: Cell, _ other: Cell, measure: Measure, testToTrain: Double?, testCount: Int?
  ) {
    baseline = other.activation
    self.measure = measure
    self.testToTrain = testToTrain
    func differences(_ measure: Measure) -> [Double] {
      let theirs = other.comparable(measure)
      return own.comparable(measure).sorted { $0.key < $1.key }.compactMap { seed, value in
        theirs[seed].map { measure.advantage(of: value, over: $0) }
      }
    }
    advantages = differences(measure)
    comparison = PairedComparison(advantages)
    let accuracies = differences(.accuracy)
    // Wilcoxon's test takes none.
    leastSpread =
      testToTrain == nil
      ? 0 : measure.leastSpread(advantages, accuracies: accuracies, testCount: testCount)
    result = PairedTest(
      advantages, comparison, testToTrain: testToTrain,
      measure: measure, accuracies: accuracies, testCount: testCount)
    smallestPValue = result.smallestPValue
  }
}
