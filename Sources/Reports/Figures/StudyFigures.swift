import Experiments

/// The figures of a comparison, in the page's order.
enum StudyFigures {
  /// - Parameter perPlace: whether each place is drawn by itself.
  static func all(_ analysis: StudyAnalysis, perPlace: Bool) -> [Figure] {
    let places = perPlace ? analysis.places : []
    var figures = places.compactMap(CurveFigure.figure)
    let dots = Measure.shown(in: .dots, where: places.flatMap(\.cells).isMeasured)
    figures += dots.prefix(1).flatMap { measure in
      places.compactMap { DotFigure.figure($0, measure) }
    }
    if let ranking = analysis.ranking, ranking.activations.count > 2 {
      figures.append(RankFigure.figure(ranking))
    }
    figures += dots.dropFirst().flatMap { measure in
      places.compactMap { DotFigure.figure($0, measure) }
    }
    figures += places.compactMap(CurveFigure.deadUnits)
    figures += places.compactMap(BetaFigure.figure)
    figures += places.flatMap { ConfusionFigure.figures($0) }
    return figures
  }
}
