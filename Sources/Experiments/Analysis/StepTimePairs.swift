/// The step times of two cells of a block: a pair for each seed that both finished on the same number of ranks.
struct StepTimePairs {
  /// In seconds, by rising seed.
  private(set) var all: [(own: Double, reference: Double)] = []
  /// Both trials of each pair.
  private(set) var trials: [StudyResults.TrialResult] = []

  init(_ own: Cell, _ reference: Cell) {
    let (mines, others) = (own.comparable(.stepSeconds), reference.comparable(.stepSeconds))
    let rivals = Dictionary(
      reference.finished.map { ($0.summary.seed, $0) }, uniquingKeysWith: { a, _ in a })
    for mine in own.finished {
      let seed = mine.summary.seed
      guard let theirs = rivals[seed], mine.summary.ranks == theirs.summary.ranks,
        let a = mines[seed], let b = others[seed], b > 0
      else { continue }
      all.append((a, b))
      trials += [mine, theirs]
    }
  }

  /// Number of the trials whose times others affected.
  var ranBesideOthers: Int { trials.count(where: \.ranBesideOthers) }
}

/// How long an activation's training steps take beside another's, from the times of a study's own trials.
package struct RelativeStepTime: Sendable {
  /// ReLU; in a study without it, the first activation.
  package let reference: ActivationSpec
  /// The activation's seconds divided by the reference's, for each block and seed; never empty.
  package let ratios: [Double]
  /// Number of trials behind the ratios, and of those that ran beside others.
  package let trials: Int
  package let trialsBesideOthers: Int

  /// nil for the reference itself, and where no two trials have comparable times.
  package init?(_ activation: ActivationSpec, in analysis: StudyAnalysis) {
    let known = analysis.results.activations
    guard let reference = known.first(where: { $0.name == "relu" }) ?? known.first,
      reference != activation
    else { return nil }
    let pairs = analysis.blocks.compactMap { block -> StepTimePairs? in
      guard let own = block.cells.first(where: { $0.activation == activation }),
        let other = block.cells.first(where: { $0.activation == reference })
      else { return nil }
      return StepTimePairs(own, other)
    }
    self.reference = reference
    ratios = pairs.flatMap(\.all).map { $0.own / $0.reference }
    trials = pairs.reduce(0) { $0 + $1.trials.count }
    trialsBesideOthers = pairs.reduce(0) { $0 + $1.ranBesideOthers }
    if ratios.isEmpty { return nil }
  }
}
