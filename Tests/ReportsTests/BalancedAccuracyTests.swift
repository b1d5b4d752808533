import Experiments
import Foundation
import Reports
import Support
import Testing

/// A measure is described once, and shown wherever scores are.
@Suite struct BalancedAccuracyTests {
  /// ReLU classifies more samples correctly, SReLU more of the rare class: recalls of 0.8 and 1,
  /// and of 1 and 0.9, with the first 0.1 lower for each further seed.
  private static func study(_ change: (inout StudyResults.TrialResult) -> Void = { _ in })
    -> ReportedStudy
  {
    let activations = [activation("relu"), activation("srelu")]
    let trials = activations.flatMap { activation in
      (0..<3).map { seed in
        let rare = Int64((activation.name == "relu" ? 8 : 10) - seed)
        let wrong: Int64 = activation.name == "relu" ? 0 : 9
        let matrix = ConfusionMatrix(rows: [[rare, 10 - rare], [wrong, 90 - wrong]])
        let scores = ClassificationScores(confusion: matrix, loss: 0.5)
        let trial = Trial(
          dataset: DatasetSpec(name: "mnist"), architecture: .ffnn, activation: activation,
          training: TrainingSpec(epochs: 1), seed: UInt64(seed))
        let outcome = TrialOutcome(
          test: scores, train: scores, confusion: matrix, classNames: ["rare", "common"],
          epochs: [], ranks: 1, seconds: 1)
        var result = StudyResults.TrialResult(
          summary: TrialSummary(trial, outcome), confusion: matrix, classNames: outcome.classNames)
        change(&result)
        return result
      }
    }
    return SmallStudy.reported("s", activations, trials)
  }

  private func fields(_ key: String, of table: ReportTable) throws -> [ReportTable.Field] {
    let column = try #require(table.columns.firstIndex { $0.key == key }, "\(table.id)")
    return table.rows.map { $0[column] }
  }

  @Test func itIsInEveryTableAndFigure() throws {
    let content = ReportContent(Self.study())
    let scores = try fields("balanced_accuracy", of: content.tables[0])
    #expect(scores.map(\.text) == ["0.8500 ± 0.0500", "0.9000 ± 0.0500"])
    #expect(scores.map(\.isBest) == [false, true])
    #expect(try fields("accuracy", of: content.tables[0]).map(\.isBest) == [true, false])
    #expect(content.tables[0].note.contains("balanced: mean of the classes' recalls."))
    #expect(
      try fields("balanced_accuracy", of: content.trials).map(\.text) == [
        "0.9000", "0.8500", "0.8000", "0.9500", "0.9000", "0.8500",
      ])
    let pairs = try #require(content.tables.first { $0.id == "pairs-balanced-accuracy" })
    #expect(pairs.title.hasSuffix(": balanced accuracy"))
    #expect(try fields("difference", of: pairs).map(\.text) == ["+0.0500"])
    let figure = try #require(content.figures.first { $0.id == "balanced-mnist-ffnn" })
    #expect(figure.title == "Test balanced accuracy: mnist × ffnn")
    #expect(figure.commands.contains("set ylabel 'balanced accuracy'"))
    #expect(TerminalReport(Self.study(), columns: 100).text.contains("0.9000 ± 0.0500*"))
  }

  @Test func itIsInEveryFile() throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false, writesEvents: true)
        .write([Self.study()])
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      }
      let rows = try CSV.rows(try text("tables/scores-mnist-ffnn.csv"))
      let column = try #require(rows[0].firstIndex(of: "balanced_accuracy"))
      let means = rows.dropFirst().compactMap { Double($0[column]) }
      #expect(means.count == 2 && zip(means, [0.85, 0.9]).allSatisfy { abs($0 - $1) < 1e-12 })
      let latex = try text("tables/scores-mnist-ffnn-full.tex")
      #expect(latex.contains("& balanced &") && latex.contains("\\textbf{0.9000}"))
      #expect(try text("index.html").contains(">0.9000 ± 0.0500</td>"))
      #expect(try text("report.json").contains("\"balanced_accuracy\" : {"))
      let logs = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/tensorboard")
        .filter { $0.contains("seed ") && $0.contains("tfevents") }
      try #require(logs.count == 6)
      for log in logs {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/tensorboard/\(log)"))
        #expect(bytes.range(of: Data("test/balanced_accuracy".utf8)) != nil)
      }
    }
  }

  /// The table that ends a study stays as narrow as it was.
  @Test func itIsNotInTheTableThatAStudyEndsWith() {
    let report = StudyReport(Self.study().analysis.results)
    #expect(report.text().contains("accuracy") && !report.text().contains("balanced"))
  }

  /// If one result has no confusion matrix, or another test's, nothing changes.
  @Test(arguments: [nil, ConfusionMatrix(rows: [[1, 1], [1, 1]])])
  func whereOneHasItNotItIsNotShown(confusion: ConfusionMatrix?) throws {
    let study = Self.study { trial in
      if trial.summary.seed == 1 { trial.confusion = confusion }
    }
    let content = ReportContent(study)
    #expect(content.tables[0].columns.contains { $0.key == "accuracy" })
    #expect(!content.tables.contains { $0.id.contains("balanced") })
    #expect(!content.figures.contains { $0.id.contains("balanced") })
    for table in content.tables {
      #expect(!table.columns.contains { $0.key == "balanced_accuracy" }, "\(table.id)")
    }
  }
}
