import Experiments
import Foundation
import Reports
import Support
import Testing

/// The documentation's tables follow from the results beside them. SRELU_WRITE_PUBLISHED rewrites
/// them first.
@Suite struct PublishedTablesTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/srelu/srelu.docc/Resources")

  private static func rows(_ name: String) throws -> [[String]] {
    try CSV.rows(String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8))
  }

  /// The published trials: without epochs, and only sample counts in the confusion matrices.
  private static func results() throws -> StudyResults {
    let rows = try rows("results.csv")
    let columns = Dictionary(uniqueKeysWithValues: zip(rows[0], 0...))
    let trials = try rows.dropFirst().map { row -> StudyResults.TrialResult in
      func text(_ key: String) throws -> String { row[try #require(columns[key])] }
      func number(_ key: String) throws -> Double { try #require(Double(try text(key))) }
      func scores(_ set: String) throws -> ClassificationScores {
        ClassificationScores(
          loss: try number("\(set)_loss"), accuracy: try number("\(set)_accuracy"),
          precision: try number("\(set)_precision"), recall: try number("\(set)_recall"),
          f1: try number("\(set)_f1"))
      }
      var parameters: [String: Double] = [:]
      for key in ["alpha", "beta", "slope"] { parameters[key] = Double(try text(key)) }
      let trial = Trial(
        dataset: DatasetSpec(name: try text("dataset")), architecture: .ffnn,
        activation: ActivationSpec(name: try text("activation"), parameters: parameters),
        training: TrainingSpec(epochs: Int(try number("epochs"))),
        seed: UInt64(try number("seed")))
      try #require(trial.id == (try text("id")))
      let test = try scores("test")
      let samples: Int64 = trial.dataset.name == "wdbc" ? 114 : 10_000
      let right = Int64((test.accuracy * Double(samples)).rounded())
      let outcome = TrialOutcome(
        test: test, train: try scores("train"),
        confusion: ConfusionMatrix(rows: [[right, samples - right], [0, 0]]),
        classNames: ["a", "b"], epochs: [], ranks: 1, seconds: try number("seconds"))
      return StudyResults.TrialResult(
        summary: TrialSummary(trial, outcome), confusion: outcome.confusion,
        classNames: outcome.classNames)
    }
    try #require(trials.count == 216)
    var activations: [ActivationSpec] = []
    for trial in trials where !activations.contains(trial.summary.activationSpec) {
      activations.append(trial.summary.activationSpec)
    }
    return StudyResults(
      name: "comparison", activations: activations, trialCount: trials.count, trials: trials,
      testToTrain: ["wdbc": 0.2 / 0.8])
  }

  private struct Content: Sendable {
    let tables: [ReportTable]
    let claims: ReportTable?
    let answer: [String]
  }

  /// Computed once: the bootstrap intervals take a while.
  private static let content = Result {
    let made = ReportContent(
      ReportedStudy(
        analysis: StudyAnalysis(try results()), config: "", provenance: [],
        standing: "", isComplete: true))
    return Content(tables: made.tables, claims: made.claimsTable, answer: made.answer)
  }

  private func compare(_ name: String, _ expected: [[String]]) throws {
    if ProcessInfo.processInfo.environment["SRELU_WRITE_PUBLISHED"] != nil {
      try Data(CSV.text(expected).utf8).write(to: Self.folder.appendingPathComponent(name))
    }
    let published = try Self.rows(name)
    try #require(published.count == expected.count && expected.count > 1, "\(name)")
    for (row, made) in zip(published, expected) { #expect(row == made, "\(name)") }
  }

  @Test(arguments: ["pairs-accuracy", "pairs-f1", "ranks"])
  func tablesFollowFromTheResults(id: String) throws {
    let table = try #require(try Self.content.get().tables.first { $0.id == id })
    try compare("\(id).csv", try CSV.rows(table.csv))
  }

  @Test func theReadmeQuotesTheAnswer() throws {
    let root = Self.folder.appendingPathComponent("../../../..").standardized
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let answer = try #require(try Self.content.get().answer.first)
    #expect(readme.contains("> \(answer)\n"), "\(answer)")
  }

  /// The other claims need data that `results.csv` lacks: epochs, layers and step times.
  @Test func claimsFollowFromTheResults() throws {
    let table = try #require(try Self.content.get().claims)
    let made = try CSV.rows(table.csv)
    let needMore = [
      "faster convergence in the first epochs", "no dead units", "low computational cost",
    ]
    let expected = try Self.rows("claims.csv").map { row in
      needMore.contains(row[0]) ? row : try #require(made.first { $0[0] == row[0] })
    }
    try #require(expected.count == made.count)
    try compare("claims.csv", expected)
  }
}
