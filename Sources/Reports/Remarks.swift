import Experiments

/// Remarks on every report, on the page and in the terminal.
enum Remarks {
  /// Returns plain sentences, a paragraph each. With one seed nothing is compared or explained.
  static func of(_ analysis: StudyAnalysis) -> [String] {
    OneSeed.isAll(of: analysis) ? [functions] : [functions, pairing]
  }

  private static let functions =
    "SReLU(x) = αx for x > 0 and β(eˣ − 1) otherwise: SReLU(1, β) is ELU(β), bit for bit here, and "
    + "it is differentiable at 0 only if α = β."
  private static let pairing =
    "Differences are paired: the same seed has the same initial weights, order of samples and split "
    + "for every activation."
}
