import Experiments
import Foundation
import Reports
import Testing

@Suite struct SearchReportTests {
  private static func search(_ objective: SearchSpec.Objective) -> SearchSpec {
    SearchSpec(
      method: "random", trials: 4, parameters: [], own: ["objective": objective.settingValue])
  }

  /// A trial with test losses by epoch; its test accuracy is 1 minus the loss.
  private static func trial(
    _ activation: ActivationSpec, rate: Double = 0.001, _ losses: [Double],
    status: TrialState = .finished
  ) -> StudyResults.TrialResult {
    let trial = Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: .ffnn, activation: activation,
      training: TrainingSpec(learningRate: rate, epochs: 3), seed: 0)
    let epochs = losses.enumerated().map {
      EpochRecord(
        epoch: $0 + 1, trainLoss: $1 / 2, trainAccuracy: 0.5, testLoss: $1, testAccuracy: 1 - $1,
        seconds: 1)
    }
    var summary = TrialSummary(trial, status: status, reason: nil, ranks: 1, seconds: 1)
    if status == .finished {
      let accuracy = 1 - (losses.last ?? 0)
      summary.test = ClassificationScores(
        loss: 0.5, accuracy: accuracy, precision: 0.5, recall: 0.5, f1: accuracy)
      summary.train = summary.test
    }
    return StudyResults.TrialResult(summary: summary, epochs: epochs)
  }

  private static let betas = [0.3, 0.2, 0.5, 0.4]
  /// ReLU, and SReLU with four β: one stopped, one failed.
  private static let trials: [StudyResults.TrialResult] = [
    trial(activation("relu"), [0.5, 0.4, 0.35]),
    trial(activation("srelu", ["beta": betas[0]]), [0.5, 0.4, 0.3]),
    trial(activation("srelu", ["beta": betas[1]]), [0.6], status: .stopped),
    trial(activation("srelu", ["beta": betas[2]]), [0.01], status: .failed),
    trial(activation("srelu", ["beta": betas[3]]), [0.5, 0.3, 0.2]),
  ]
  private static let activations = trials.map(\.summary.activationSpec)

  private static func study(
    _ objective: SearchSpec.Objective = .testLoss, order: [Int]? = nil
  ) -> ReportedStudy {
    SmallStudy.reported(
      "s", activations, trials, search: search(objective),
      order: (order ?? []).map { trials[$0].summary.id })
  }

  @Test func theBestComeFirst() throws {
    let content = ReportContent(Self.study())
    let table = try #require(content.tables.first)
    #expect(content.tables.count == 1)
    #expect(table.id == "best-mnist-ffnn")
    #expect(
      table.rows.map { $0[0].text } == [
        "SReLU(β=0.4)", "SReLU(β=0.3)", "ReLU", "SReLU(β=0.2)",
      ])
    #expect(table.rows.map { $0[5].text } == ["0.2000", "0.3000", "0.3500", "0.6000"])
    #expect(table.rows.map { $0[6].text } == ["0.8000", "0.7000", "0.6500", "0.4000"])
    #expect(table.rows.map { $0[3].text } == ["3 of 3", "3 of 3", "3 of 3", "1 of 3"])
  }

  @Test(arguments: [
    (SearchSpec.Objective.testLoss, "test loss", 0.2), (.testAccuracy, "test error", 0.2),
    (.trainLoss, "training loss", 0.1),
  ])
  func theObjectiveIsTheSearchs(
    objective: SearchSpec.Objective, title: String, best: Double
  ) throws {
    let content = ReportContent(Self.study(objective))
    let table = try #require(content.tables.first)
    #expect(table.columns[5].title == title)
    #expect(abs((table.rows[0][5].number ?? 0) - best) < 1e-12)
    #expect(content.figures[0].commands.contains("set ylabel '\(title)'"))
    #expect(content.answer[0].contains("by \(title): 5 of 5 trials have ended"))
    #expect(content.answer[1].contains("SReLU(β=0.4)"))
  }

  @Test func theWinnerIsPrinted() {
    let text = Self.study().summary
    #expect(text.contains("5 of 5 trials have ended"))
    #expect(
      text.contains(
        "mnist × ffnn: the best found is SReLU(β=0.4), rate 0.001, batch 128, with a test loss of "
          + "0.2000 after 3 epochs and a test accuracy of 0.8000"))
    let lines = text.split(separator: "\n")
    // The table: best first, without the failed one.
    let rows = lines.drop { !$0.hasPrefix("───") }.dropFirst()
    #expect(
      rows.map { $0.prefix { $0 != " " } } == [
        "SReLU(β=0.4)", "SReLU(β=0.3)", "ReLU", "SReLU(β=0.2)",
      ])
    #expect(Self.rates().summary.split(separator: "\n").count { $0.hasPrefix("ReLU ") } <= 10)
  }

  /// Returns the rows of a data block.
  private func rows(_ figure: Figure, _ block: String) -> [String] {
    let lines = figure.commands.split(separator: "\n").map(String.init)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("$\(block) <<") }) else { return [] }
    return Array(lines[(start + 1)...].prefix { $0 != "END_OF_DATA" })
  }

  @Test func trialsComeInTheOrderInWhichTheyEnded() throws {
    let figure = try #require(ReportContent(Self.study(order: [4, 2, 0, 3, 1])).figures.first)
    // Number, stopped, finished, best so far; the failed one has no value and isn't the best.
    #expect(
      rows(figure, "trials0") == [
        "1.0 NaN 0.2 0.2", "2.0 0.6 NaN 0.2", "3.0 NaN NaN 0.2", "4.0 NaN 0.3 0.2",
      ])
    #expect(rows(figure, "trials1").isEmpty)
    #expect(figure.caption.contains("in the order in which they ended"))
    // ReLU has one configuration: a horizontal line.
    #expect(figure.commands.contains("0.35 with lines"))
    let other = try #require(ReportContent(Self.study()).figures.first)
    #expect(
      rows(other, "trials0") == [
        "1.0 NaN 0.3 0.3", "2.0 0.6 NaN 0.3", "3.0 NaN NaN 0.3", "4.0 NaN 0.2 0.2",
      ])
    #expect(other.caption.contains("in the order of the config"))
  }

  /// 1,000 trials with a rate each: 500 per activation.
  private static func rates() -> ReportedStudy {
    let activations = [activation("relu"), activation("srelu")]
    let trials = (0..<500).flatMap { number in
      activations.map { activation in
        trial(activation, rate: 0.0001 * Double(number + 1), [0.5, 0.1 + 0.001 * Double(number)])
      }
    }
    return SmallStudy.reported("rates", activations, trials, search: search(.testLoss))
  }

  @Test func manyRatesMakeNoTableEach() throws {
    let study = Self.rates()
    #expect(study.analysis.blocks.count == 500)
    let content = ReportContent(study)
    #expect(content.tables.map(\.id) == ["best-mnist-ffnn"])
    #expect(content.tables[0].rows.count == 10)
    #expect(content.figures.map(\.id) == ["search-mnist-ffnn"])
    #expect(content.layers.isEmpty)
    #expect(content.answer.count == 3)
    #expect(content.notes.count == 1)
    #expect(content.trials.rows.count == 1000)
    let text = TerminalReport(study, columns: 100).text
    #expect(text.split(separator: "\n").count < 60)
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false).write([study])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tables").sorted() == [
          "best-mnist-ffnn-full.tex", "best-mnist-ffnn.csv", "best-mnist-ffnn.tex",
          "trials-full.tex", "trials.csv", "trials.tex",
        ])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.components(separatedBy: "<table").count == 3)
    }
  }

  @Test func aGridOfManyPlacesIsCondensedToo() {
    let activations = [activation("relu"), activation("srelu")]
    func content(_ rates: Int) -> ReportContent {
      let trials = (0..<rates).flatMap { number in
        activations.flatMap { activation in
          [0.25, 0.5].enumerated().map { seed, loss in
            var trial = Self.trial(activation, rate: 0.001 * Double(number + 1), [0.5, loss])
            trial.summary.seed = UInt64(seed)
            return trial
          }
        }
      }
      return ReportContent(SmallStudy.reported("grid", activations, trials))
    }
    #expect(content(12).tables.count { $0.id.hasPrefix("scores-") } == 12)
    let condensed = content(13)
    #expect(
      condensed.tables.map(\.id).prefix(3) == ["best-mnist-ffnn", "pairs-accuracy", "pairs-f1"])
    #expect(!condensed.tables.contains { $0.id.hasPrefix("scores-") })
    #expect(condensed.notes.first?.contains("13 blocks") == true)
    #expect(condensed.claimsTable != nil)
  }

  @Test(.enabled(if: Gnuplot.version() != nil, "gnuplot isn't installed"))
  func theFigureIsDrawn() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder).write([Self.study(), Self.rates()])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(!html.contains("be drawn:"))
      for file in ["1-s/figures/search-mnist-ffnn.svg", "2-rates/figures/search-mnist-ffnn.pdf"] {
        #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file)")
      }
    }
  }
}
