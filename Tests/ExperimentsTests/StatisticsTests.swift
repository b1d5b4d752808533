import Experiments
import Testing

@Suite struct StatisticsTests {
  /// 1…n has mean (n + 1) / 2 and sample variance n (n + 1) / 12.
  @Test(arguments: [2, 3, 10, 100, 1001])
  func firstNaturalNumbers(n: Int) throws {
    let statistics = try #require(SampleStatistics((1...n).map(Double.init)))
    #expect(statistics.count == n)
    #expect(statistics.mean == Double(n + 1) / 2)
    let variance = Double(n * (n + 1)) / 12
    let deviation = try #require(statistics.standardDeviation)
    #expect(abs(deviation * deviation / variance - 1) < 1e-12)
  }

  @Test func oneMeasurementHasNoSpreadAndNoneHasNothing() {
    #expect(SampleStatistics([0.75])?.mean == 0.75)
    #expect(SampleStatistics([0.75])?.standardDeviation == nil)
    #expect(SampleStatistics([]) == nil)
    #expect(SampleStatistics([0.5, 0.5, 0.5])?.standardDeviation == 0)
  }

  /// The textbook formula with the mean of squares gives 0 or less here.
  @Test func smallSpreadAroundALargeMeanSurvives() throws {
    let statistics = try #require(SampleStatistics([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]))
    #expect(statistics.mean == 1e9 + 10)
    #expect(statistics.standardDeviation == (30.0).squareRoot())
  }
}

@Suite struct CellSummaryTests {
  private func summary(
    seed: UInt64, beta: Double = 0.1, accuracy: Double, trainAccuracy: Double = 1,
    seconds: Double = 1
  ) -> TrialSummary {
    var trial = paperTrial
    trial.seed = seed
    trial.activation.parameters["beta"] = beta
    let test = ClassificationScores(
      loss: 0, accuracy: accuracy, precision: accuracy / 2, recall: accuracy / 4, f1: accuracy / 8)
    var train = test
    train.accuracy = trainAccuracy
    return TrialSummary(
      trial,
      TrialOutcome(
        test: test, train: train, confusion: ConfusionMatrix(classes: 10),
        classNames: (0..<10).map(String.init), epochs: [], ranks: 2, seconds: seconds))
  }

  @Test func cellsGatherTheirSeeds() throws {
    let trials = [
      summary(seed: 0, accuracy: 0.5, trainAccuracy: 0.75, seconds: 10),
      summary(seed: 0, beta: 0.5, accuracy: 1),
      summary(seed: 1, accuracy: 0.75, trainAccuracy: 0.75, seconds: 20),
      summary(seed: 2, accuracy: 1, trainAccuracy: 0.75, seconds: 30),
    ]
    let cells = CellSummary.cells(of: trials)
    #expect(cells.map(\.activation.parameters["beta"]) == [0.1, 0.5])
    let cell = try #require(cells.first)
    #expect(cell.id == paperTrial.cellID)
    #expect(cell.finished == 3)
    #expect(cell.accuracy?.mean == 0.75 && cell.accuracy?.standardDeviation == 0.25)
    #expect(cell.precision?.mean == 0.375 && cell.recall?.mean == 0.1875)
    #expect(cell.f1?.mean == 0.09375)
    #expect(cell.generalisationGap?.mean == 0 && cell.generalisationGap?.standardDeviation == 0.25)
    #expect(cell.seconds?.mean == 20 && cell.seconds?.standardDeviation == 10)
    #expect(cells[1].accuracy?.standardDeviation == nil)
  }

  @Test func orderOfTheTrialsDoesNotReachTheLastBit() {
    let trials = (0..<20).map { summary(seed: UInt64($0), accuracy: 1 / Double($0 + 3)) }
    let straight = CellSummary.cells(of: trials)
    #expect(straight.first?.finished == 20)
    #expect(CellSummary.cells(of: trials.reversed()) == straight)
  }

  @Test func failedAndSkippedTrialsAreCountedAndTheLastTryCounts() throws {
    var trial = paperTrial
    trial.seed = 1
    let failed = TrialSummary(trial, status: .failed, reason: "loss is no number")
    trial.seed = 2
    let skipped = TrialSummary(trial, status: .skipped, reason: "no data")
    let first = summary(seed: 0, accuracy: 0.5)
    let cell = try #require(CellSummary.cells(of: [failed, first, skipped]).first)
    #expect([cell.finished, cell.failed, cell.skipped] == [1, 1, 1])
    #expect(cell.accuracy?.mean == 0.5)

    let again = CellSummary.cells(of: [failed, first, summary(seed: 1, accuracy: 1)])
    #expect(again.map(\.finished) == [2] && again.map(\.failed) == [0])
    #expect(again.first?.accuracy?.mean == 0.75)
    #expect(CellSummary.cells(of: [failed]).first?.accuracy == nil)
    #expect(CellSummary.cells(of: []).isEmpty)
  }
}
