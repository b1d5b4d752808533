/// The activations of one block, and how the subject of the study compares with each of the others.
package struct BlockComparison: Sendable {
  /// The subject against one other activation in one measure.
  package struct Pairing: Sendable {
    package let baseline: ActivationSpec
    package let measure: Measure
    /// For each seed that both finished, by how much the subject is better: its value minus the
    /// other's, negated where smaller is better.
    package let advantages: [Double]
    /// The comparison of the advantages; nil for fewer than two seeds. It has no intervals where
    /// `interval` is nil because of too few seeds.
    package internal(set) var comparison: PairedComparison?
    package let result: PairedTest
    /// Two-sided p, Holm-adjusted for the comparisons with all other activations of the block.
    package internal(set) var adjustedPValue: Double?
    /// The smallest adjusted p possible with these advantages and this number of comparisons.
    package internal(set) var smallestPValue: Double
    /// Samples held out per sample trained on, where the seeds' training sets overlap; else nil.
    package let testToTrain: Double?
    /// The smallest standard deviation that the test assumes.
    let leastSpread: Double
    /// Number of comparisons that share the level.
    package internal(set) var familySize = 1

    /// The test's estimate of how much better the subject is.
    package var estimate: Double? { result.estimate }
    /// The estimate's interval; nil where no result could be decisive: it would mislead.
    package var interval: Interval? { canDecide ? result.interval : nil }
    /// Two-sided p of the test; nil where it has nothing to judge.
    package var pValue: Double? { result.pValue }
    package var test: String { result.name }

    /// Whether the subject is shown to be better, at 0.05 after Holm.
    package var isShownBetter: Bool { isShown && result.direction > 0 }
    /// Whether the subject is shown to be worse, at 0.05 after Holm.
    package var isShownWorse: Bool { isShown && result.direction < 0 }

    /// Whether this number of seeds could show anything in this number of comparisons.
    var canDecide: Bool { smallestPValue <= Verdict.level }

    private var isShown: Bool {
      canDecide && adjustedPValue.map { $0 <= Verdict.level } ?? false
    }

    /// The number of seeds needed to show a difference of this size and spread in this number of
    /// comparisons with 80% power; nil where no number suffices or the spread is unknown.
    package var seedsNeeded: Int? {
      guard pValue != nil else { return nil }
      return comparison?.seedsNeeded(
        comparisons: familySize, testToTrain: testToTrain, leastSpread: leastSpread)
    }
  }

  package let block: Block
  package let label: String
  /// Cells with finished trials, one per activation, in the study's order.
  package let cells: [Cell]
  /// The activation that the study is about.
  package let subject: ActivationSpec?
  /// Samples of the test set; nil where no trial's confusion matrix gives it.
  let testCount: Int?
  /// The pairings of the subject, by measure.
  package let pairings: [Measure: [Pairing]]

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

  /// Returns the activations that the subject is compared with: those of other names. The same
  /// function with other parameters is a rival only where there is nothing else.
  static func rivals(of subject: ActivationSpec, among cells: [Cell]) -> [Cell] {
    let others = cells.filter { $0.activation != subject }
    let foreign = others.filter { $0.activation.name != subject.name }
    return foreign.isEmpty ? others : foreign
  }

  /// Returns the pairings with p adjusted for their number; one without a p shows nothing.
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

  package var own: Cell? { cells.first { $0.activation == subject } }
}

extension BlockComparison.Pairing {
  /// - Parameters:
  ///   - testToTrain: samples held out per sample trained on, where the seeds' training sets
  ///     overlap: the t test, corrected for that, then counts, because Wilcoxon's has no
  ///     correction.
  ///   - testCount: samples of each test.
  fileprivate init(
    _ own: Cell, _ other: Cell, measure: Measure, testToTrain: Double?, testCount: Int?
  ) {
    baseline = other.activation
    self.measure = measure
    self.testToTrain = testToTrain
    advantages = own.advantages(over: [other], in: measure)
    comparison = PairedComparison(advantages)
    let accuracies = own.advantages(over: [other], in: .accuracy)
    // Wilcoxon's test assumes none.
    leastSpread =
      testToTrain == nil
      ? 0 : measure.leastSpread(advantages, accuracies: accuracies, testCount: testCount)
    result = PairedTest(
      advantages, comparison, testToTrain: testToTrain,
      measure: measure, accuracies: accuracies, testCount: testCount)
    smallestPValue = result.smallestPValue
  }
}
