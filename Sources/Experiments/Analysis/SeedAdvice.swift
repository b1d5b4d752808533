import Foundation

/// The number of seeds that a study needs.
package enum SeedAdvice {
  /// Returns the fewest seeds with which Wilcoxon's test could show a difference at 0.05,
  /// Holm-adjusted for the given number of comparisons; where each seed draws its own split, the
  /// fewest that the corrected t test takes.
  package static func fewestSeeds(comparisons: Int, splitsOverlap: Bool = false) -> Int {
    if splitsOverlap { return fewestForT }
    var seeds = 1
    while !suffices(seeds: seeds, comparisons: comparisons) { seeds += 1 }
    return seeds
  }

  private static func suffices(seeds: Int, comparisons: Int) -> Bool {
    PairedComparison.smallestPValue(seeds: seeds) * Double(max(1, comparisons)) <= Verdict.level
  }

  /// Fewest pairs of seeds for a t test, whose p has no lower limit: fewer hardly show the spread.
  static let fewestForT = 5

  struct Shortage: Hashable {
    var seeds: Int
    var comparisons: Int
    /// Whether each seed draws its own split, so that the corrected t test is the one that counts.
    var splitsOverlap: Bool

    /// Whether there are too few seeds for the comparisons to show anything.
    var isOne: Bool {
      guard comparisons > 0 else { return false }
      return splitsOverlap
        ? seeds < fewestForT : !suffices(seeds: seeds, comparisons: comparisons)
    }

    /// The reason, without the full stop.
    var text: String {
      let start = "With \(EvidenceText.seeds(seeds)) nothing can be shown"
      if splitsOverlap {
        return start + ": the corrected t test takes at least \(fewestForT)"
      }
      let smallest = PairedComparison.smallestPValue(seeds: seeds)
      let needed = fewestSeeds(comparisons: comparisons)
      return start + " at \(Verdict.level): the smallest p possible is "
        + String(format: "%.3g", smallest)
        + (comparisons == 1
          ? "" : ", and an activation is compared with \(comparisons) others")
        + "; it takes at least \(EvidenceText.seeds(needed))"
    }
  }

  /// Warns, before they are run, of trials that can't show which activation is better: a sentence
  /// for each number of seeds that is too small. Empty where only one activation is trained.
  package static func warnings(_ trials: [Trial]) -> [String] {
    let blocks = Dictionary(grouping: trials, by: Block.init)
    let labels = Block.labels(of: blocks.keys)
    var short: [Shortage: Set<String>] = [:]
    for (block, trials) in blocks {
      let shortage = Shortage(
        seeds: Set(trials.map(\.seed)).count,
        comparisons: Set(trials.map(\.activation)).count - 1,
        splitsOverlap: trials[0].dataset.testToTrain != nil)
      guard shortage.isOne else { continue }
      short[shortage, default: []].insert(labels[block] ?? "")
    }
    return short.map { shortage, labels in
      "\(labels.sorted().joined(separator: ", ")): \(shortage.text)."
    }.sorted()
  }
}
