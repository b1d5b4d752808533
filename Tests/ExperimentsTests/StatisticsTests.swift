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

@Suite struct CellTests {
  private func result(
    seed: UInt64, beta: Double = 0.1, accuracy: Double, trainAccuracy: Double = 1,
    seconds: Double = 1, losses: [Double] = []
  ) -> StudyResults.TrialResult {
    var trial = paperTrial
    trial.seed = seed
    trial.activation.parameters["beta"] = beta
    let test = ClassificationScores(
      loss: 0, accuracy: accuracy, precision: accuracy / 2, recall: accuracy / 4, f1: accuracy / 8)
    var train = test
    train.accuracy = trainAccuracy
    let epochs = losses.enumerated().map {
      EpochRecord(
        epoch: $0 + 1, trainLoss: 1, trainAccuracy: 1, testLoss: $1, testAccuracy: 1, seconds: 1)
    }
    let outcome = TrialOutcome(
      test: test, train: train, confusion: ConfusionMatrix(classes: 10),
      classNames: (0..<10).map(String.init), epochs: epochs, ranks: 2, seconds: seconds)
    return StudyResults.TrialResult(summary: TrialSummary(trial, outcome), epochs: epochs)
  }

  private func ended(seed: UInt64, _ status: TrialState) -> StudyResults.TrialResult {
    var trial = paperTrial
    trial.seed = seed
    return StudyResults.TrialResult(
      summary: TrialSummary(trial, status: status, reason: "why", seconds: 1000))
  }

  @Test func cellsGatherTheirSeeds() throws {
    let cells = Cell.all(of: [
      result(seed: 0, accuracy: 0.5, trainAccuracy: 0.75, seconds: 10),
      result(seed: 0, beta: 0.5, accuracy: 1),
      result(seed: 1, accuracy: 0.75, trainAccuracy: 0.75, seconds: 20),
      result(seed: 2, accuracy: 1, trainAccuracy: 0.75, seconds: 30),
    ])
    #expect(cells.map(\.activation.parameters["beta"]) == [0.1, 0.5])
    let cell = try #require(cells.first)
    #expect(cell.trials.map(\.summary.cellID) == Array(repeating: paperTrial.cellID, count: 3))
    func statistics(_ measure: Measure) -> [Double?] {
      let statistics = cell.statistics(measure)
      return [statistics?.mean, statistics?.standardDeviation]
    }
    #expect(statistics(.accuracy) == [0.75, 0.25])
    #expect(statistics(.precision) == [0.375, 0.125])
    #expect(statistics(.recall) == [0.1875, 0.0625])
    #expect(statistics(.f1) == [0.09375, 0.03125])
    #expect(statistics(.generalisationGap) == [0, 0.25])
    #expect(statistics(.seconds) == [20, 10])
    #expect(cells[1].statistics(.accuracy)?.standardDeviation == nil)
    #expect(Cell.all(of: []).isEmpty)
  }

  @Test func orderOfTheTrialsDoesNotReachTheLastBit() throws {
    let trials = (0..<20).map { result(seed: UInt64($0), accuracy: 1 / Double($0 + 3)) }
    let straight = try #require(Cell.all(of: trials).first)
    #expect(straight.finished.count == 20)
    let reversed = try #require(Cell.all(of: trials.reversed()).first)
    #expect(reversed.statistics(.accuracy) == straight.statistics(.accuracy))
  }

  @Test func onlyFinishedTrialsCount() throws {
    let cell = try #require(
      Cell.all(of: [
        ended(seed: 1, .failed), result(seed: 0, accuracy: 0.5), ended(seed: 2, .skipped),
      ]).first)
    #expect([cell.finished.count, cell.count(.failed), cell.count(.skipped)] == [1, 1, 1])
    #expect(cell.statistics(.accuracy)?.mean == 0.5)
    // A failed trial has taken a time, which isn't that of a trial.
    #expect(cell.statistics(.seconds)?.mean == 1)
    let failed = try #require(Cell.all(of: [ended(seed: 1, .failed)]).first)
    #expect(Measure.all.allSatisfy { failed.statistics($0) == nil })
  }

  @Test func aLossThatIsNoNumberIsNotLeftOutOfAMean() throws {
    var diverged = result(seed: 1, accuracy: 0.5)
    diverged.summary.test?.loss = .infinity
    let cell = try #require(Cell.all(of: [result(seed: 0, accuracy: 0.5), diverged]).first)
    #expect(cell.statistics(.testLoss)?.mean == .infinity)
  }

  /// The loss is one that both activations reach: 0.5 in epochs 2 and 1, beside 0.25 in the third.
  @Test func epochsGoToALossThatAllTrialsOfThePlaceReach() {
    let cells = Cell.all(of: [
      result(seed: 0, accuracy: 1, losses: [0.75, 0.5, 0.25]),
      result(seed: 0, beta: 0.5, accuracy: 1, losses: [0.5, 0.625]),
    ])
    #expect(cells.map(\.commonLoss) == [0.5, 0.5])
    #expect(cells.map { $0.values(.epochsToLoss) } == [[2], [1]])
  }
}

@Suite struct MeasureTests {
  @Test func keysAndSymbolsTellMeasuresApart() {
    let all = Measure.all
    #expect(all.count >= 11)
    #expect(Set(all.map(\.key)).count == all.count && Set(all.map(\.symbol)).count == all.count)
    #expect(all.allSatisfy { !$0.views.isEmpty })
    // A table of tests needs the tests.
    #expect(all.allSatisfy { !$0.views.contains(.pairs) || $0.views.contains(.tests) })
  }

  @Test func largerIsBetterForScoresAlone() {
    for measure in Measure.all {
      #expect(measure.isLargerBetter == (measure.basis == .testSamples), "\(measure.key)")
    }
  }
}
