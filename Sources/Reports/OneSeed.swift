import Experiments

extension BlockComparison {
  /// Whether an activation has several seeds, so that there is a spread.
  var hasSpread: Bool { cells.contains { $0.finished.count > 1 } }

  /// The last epoch that a trial reached; nil where there is none.
  var lastEpoch: Int? { cells.map(\.lastEpoch).max() }
}

extension Cell {
  var lastEpoch: Int { finished.map(\.epochs.count).max() ?? 0 }
}

/// The report of a study with one seed: the scores, and what a comparison would take. Tests,
/// intervals and verdicts would each show nothing.
enum OneSeed {
  static func isAll(of analysis: StudyAnalysis) -> Bool {
    !analysis.blocks.isEmpty && !analysis.blocks.contains(where: \.hasSpread)
  }

  /// The answer in words; nil where there are several seeds, or nothing to compare.
  static func answer(_ study: ReportedStudy) -> [String]? {
    let blocks = study.analysis.blocks
    guard isAll(of: study.analysis), blocks.contains(where: { $0.cells.count > 1 }) else {
      return nil
    }
    return [advice(study)] + blocks.map(scores)
  }

  /// Smallest number of seeds advised, though a test could do with fewer.
  private static let fewestAdvised = 5

  private static func advice(_ study: ReportedStudy) -> String {
    let blocks = study.analysis.blocks
    guard study.isComplete else {
      return "So far one seed of each activation has finished: differences can't be judged yet."
    }
    let fewest = blocks.map { block in
      SeedAdvice.fewestSeeds(
        comparisons: block.cells.count - 1,
        splitsOverlap: study.analysis.results.testToTrain[block.block.dataset] != nil)
    }
    let count = max(fewestAdvised, fewest.max() ?? 0)
    let first = blocks.flatMap(\.cells).flatMap(\.finished).map(\.summary.seed).min() ?? 0
    return "One seed: differences can't be judged. Train more seeds: the study's command "
      + "(srelu sweep or launch/run) with --set 'seeds={first: \(first), count: \(count)}'; what is "
      + "done is kept."
  }

  private typealias Score = (name: String, accuracy: Double)

  private static func scores(_ block: BlockComparison) -> String {
    let scores = block.cells.compactMap { cell -> Score? in
      guard let value = cell.values(.accuracy).first else { return nil }
      return (cell.activation.shortDisplayLabel, value)
    }.sorted { $0.accuracy > $1.accuracy }
    let list = scores.map { "\($0.name) \(NumberText.fixed($0.accuracy, digits: 4))" }
    return "\(block.label): test accuracy \(list.joined(separator: ", "))."
  }
}
