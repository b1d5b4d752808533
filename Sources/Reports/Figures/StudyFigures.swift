import Experiments

/// The report's figures, in the page's order.
enum StudyFigures {
  static func all(_ analysis: StudyAnalysis, isSearch: Bool) -> [Figure] {
    let places = analysis.places
    var figures = places.compactMap(CurveFigure.figure)
    figures += DotFigure.accuracy(places)
    if let ranking = analysis.ranking, ranking.activations.count > 2 {
      figures.append(RankFigure.figure(ranking))
    }
    figures += DotFigure.gap(places)
    figures += places.compactMap(CurveFigure.deadUnits)
    figures += places.compactMap(BetaFigure.figure)
    if isSearch { figures += [SearchFigure.figure(analysis.results)].compactMap { $0 } }
    figures += places.flatMap { ConfusionFigure.figures($0) }
    return figures
  }
}
