import Experiments

/// The figures of a comparison, in the page's order.
enum StudyFigures {
  /// - Parameter perBlock: whether to draw each block.
  static func all(_ analysis: StudyAnalysis, perBlock: Bool) -> [Figure] {
    let blocks = perBlock ? analysis.blocks : []
    var figures = blocks.compactMap(CurveFigure.figure)
    let dots = Measure.shown(in: .dots, where: blocks.flatMap(\.cells).isMeasured)
    figures += dots.prefix(1).flatMap { measure in
      blocks.compactMap { DotFigure.figure($0, measure) }
    }
    if let ranking = analysis.ranking, ranking.activations.count > 2 {
      figures.append(RankFigure.figure(ranking))
    }
    figures += dots.dropFirst().flatMap { measure in
      blocks.compactMap { DotFigure.figure($0, measure) }
    }
    figures += blocks.compactMap(CurveFigure.deadUnits)
    figures += blocks.compactMap(BetaFigure.figure)
    figures += blocks.flatMap { ConfusionFigure.figures($0) }
    return figures
  }
}
