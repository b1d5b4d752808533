import Experiments

/// The figures of a comparison, in the page's order.
enum StudyFigures {
  /// - Parameter perBlock: whether to draw each block.
  static func all(_ analysis: StudyAnalysis, perBlock: Bool) -> [Figure] {
    let blocks = perBlock ? analysis.blocks : []
    let measures = Measure.shown(in: .dots, where: blocks.flatMap(\.cells).isMeasured)
    let dots = measures.map { measure in blocks.compactMap { DotFigure.figure($0, measure) } }
    var figures = blocks.compactMap(CurveFigure.figure) + (dots.first ?? [])
    if let ranking = analysis.ranking, ranking.activations.count > 2 {
      figures.append(RankFigure.figure(ranking))
    }
    figures += dots.dropFirst().flatMap(\.self) + blocks.compactMap(CurveFigure.deadUnits)
    figures += blocks.compactMap(BetaFigure.figure) + blocks.compactMap(LearnedFigure.figure)
    return figures + blocks.flatMap { ConfusionFigure.figures($0) }
  }
}
