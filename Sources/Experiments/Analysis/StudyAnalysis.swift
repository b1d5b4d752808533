/// A study's comparison: its subject against all other activations, block by block.
public struct StudyAnalysis: Sendable {
  package let results: StudyResults
  /// The activation that the study is about; nil for a study without activations.
  package let subject: ActivationSpec?
  /// The comparisons, one per block, in the study's order.
  package let blocks: [BlockComparison]
  /// Activations over all blocks by mean test accuracy; nil with fewer than two of either.
  package let ranking: Ranking?

  /// Activations ranked over the blocks where all of them finished.
  package struct Ranking: Sendable {
    /// The activations, in the order of the test's columns.
    package let activations: [ActivationSpec]
    package let test: FriedmanTest
  }

  /// The analysis of a study.
  /// - Parameter subject: name, or label with parameters, of the activation that the study is
  ///   about; by default SReLU (in the paper's setting if there are several), or the config's last.
  package init(_ results: StudyResults, subject name: String? = nil) {
    self.results = results
    let chosen = Self.subject(among: results.activations, named: name)
    subject = chosen
    let groups = Cell.all(of: results.finished).grouped(by: \.block)
    let labels = Block.labels(of: groups.map(\.key))
    blocks = groups.map { block, cells in
      BlockComparison(
        block: block, label: labels[block] ?? "", cells: cells, subject: chosen,
        testToTrain: results.testToTrain[block.dataset])
    }
    ranking = Self.ranking(blocks)
  }

  private static func subject(among activations: [ActivationSpec], named name: String?)
    -> ActivationSpec?
  {
    if let name { return activations.first { [$0.name, $0.label].contains(name) } }
    let own = activations.filter { $0.name == "srelu" }
    let usual = ActivationCatalogue.entry(named: "srelu")?.resolved()
    return own.first { $0 == usual } ?? own.first ?? activations.last
  }

  private static func ranking(_ blocks: [BlockComparison]) -> Ranking? {
    var common = blocks.first?.cells.map(\.activation) ?? []
    for block in blocks {
      let here = Set(block.cells.map(\.activation))
      common.removeAll { !here.contains($0) }
    }
    let rows = blocks.map { block in
      common.map { activation -> Double in
        block.cells.first { $0.activation == activation }?.statistics(.accuracy)?.mean ?? 0
      }
    }
    return FriedmanTest(rows).map { Ranking(activations: common, test: $0) }
  }
}
