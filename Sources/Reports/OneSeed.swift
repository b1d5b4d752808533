import Experiments

extension PlaceComparison {
  /// Whether an activation has several seeds, so that there is a spread to be seen.
  var hasSpread: Bool { cells.contains { $0.finished.count > 1 } }

  /// The last epoch that a trial reached; nil where there is none.
  var lastEpoch: Int? { cells.map(\.lastEpoch).max() }
}

extension Cell {
  /// The last epoch that a trial reached.
  var lastEpoch: Int { finished.map(\.epochs.count).max() ?? 0 }
}

/// What a report says of a study with one seed: who scored what, and what it takes to compare. Tests,
/// intervals and verdicts would say nothing, each in its own place.
enum OneSeed {
  /// Whether no activation has several seeds.
  static func isAll(of analysis: StudyAnalysis) -> Bool {
    !analysis.places.isEmpty && !analysis.places.contains(where: \.hasSpread)
  }

  /// The answer in words; nil where there are several seeds, or nothing to compare.
  static func answer(_ study: ReportedStudy) -> [String]? {
    let places = study.analysis.places
    guard isAll(of: study.analysis), places.contains(where: { $0.cells.count > 1 }) else {
      return nil
    }
    return [advice(study)] + places.map(scores)
  }

  /// Fewer seeds than this are never advised, though a test could do with them.
  private static let fewestAdvised = 5

  private static func advice(_ study: ReportedStudy) -> String {
    let places = study.analysis.places
    guard study.isComplete else {
      return "So far one seed of each activation has finished: differences can't be judged yet."
    }
    let fewest = places.map { place in
      SeedAdvice.fewestSeeds(
        comparisons: place.cells.count - 1,
        splitsOverlap: study.analysis.results.testToTrain[place.place.dataset] != nil)
    }
    let count = max(fewestAdvised, fewest.max() ?? 0)
    let first = places.flatMap(\.cells).flatMap(\.finished).map(\.summary.seed).min() ?? 0
    return "One seed: differences can't be judged. Train more seeds: the study's command "
      + "(srelu sweep or launch/run) with --set 'seeds={first: \(first), count: \(count)}'; what is "
      + "done is kept."
  }

  /// An activation's test accuracy.
  private typealias Score = (name: String, accuracy: Double)

  private static func scores(_ place: PlaceComparison) -> String {
    let scores = place.cells.compactMap { cell -> Score? in
      guard let value = cell.values(.accuracy).first else { return nil }
      return (cell.activation.shortDisplayLabel, value)
    }.sorted { $0.accuracy > $1.accuracy }
    let list = scores.map { "\($0.name) \(NumberText.fixed($0.accuracy, digits: 4))" }
    return "\(place.label): test accuracy \(list.joined(separator: ", "))."
  }
}
