import Experiments
import Testing

/// Scores by hand: every expectation is a fraction that can be read off the matrix.
@Suite struct ScoresTests {
  /// Rows: true class. Precisions 5/7, 3/4, 2/5; recalls 5/6, 3/6, 2/4.
  private let matrix = ConfusionMatrix(rows: [[5, 0, 1], [1, 3, 2], [1, 1, 2]])

  private func isClose(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) < 1e-15
  }

  @Test func perClassScores() {
    #expect(matrix.total == 16)
    #expect(matrix.correct == 10)
    #expect(matrix.accuracy == 10.0 / 16)
    #expect((0..<3).map(matrix.support(of:)) == [6, 6, 4])
    #expect((0..<3).map(matrix.predictions(of:)) == [7, 4, 5])
    let precisions: [Double] = [5 / 7, 3 / 4, 2 / 5]
    let recalls: [Double] = [5 / 6, 3 / 6, 2 / 4]
    let f1s: [Double] = [10 / 13, 6 / 10, 4 / 9]
    for index in 0..<3 {
      #expect(matrix.precision(of: index) == precisions[index])
      #expect(matrix.recall(of: index) == recalls[index])
      #expect(matrix.f1(of: index) == f1s[index])
    }
  }

  @Test func macroMeansWeighClassesEqually() {
    #expect(isClose(matrix.macroPrecision, (5.0 / 7 + 3.0 / 4 + 2.0 / 5) / 3))
    #expect(isClose(matrix.macroRecall, (5.0 / 6 + 1.0 / 2 + 1.0 / 2) / 3))
    #expect(isClose(matrix.macroF1, (10.0 / 13 + 3.0 / 5 + 4.0 / 9) / 3))
    let scores = ClassificationScores(confusion: matrix, loss: 0.5)
    #expect(scores.loss == 0.5 && scores.accuracy == 0.625)
    #expect(scores.precision == matrix.macroPrecision && scores.recall == matrix.macroRecall)
    #expect(scores.f1 == matrix.macroF1)
  }

  @Test func balancedAccuracyIsTheMeanRecallOfClassesThatHaveSamples() {
    #expect(isClose(matrix.balancedAccuracy, (5.0 / 6 + 1.0 / 2 + 1.0 / 2) / 3))
    #expect(ConfusionMatrix(rows: [[8, 2], [0, 90]]).balancedAccuracy == 0.9)
    // Whoever always says the same has half of two classes, however rare the other is.
    #expect(ConfusionMatrix(rows: [[99, 0], [1, 0]]).balancedAccuracy == 0.5)
    #expect(ConfusionMatrix(rows: [[3, 1], [0, 0]]).balancedAccuracy == 0.75)
    #expect(ConfusionMatrix(classes: 2).balancedAccuracy == 0)
  }

  @Test func positiveClassScoresAreThatClassAlone() {
    let binary = ConfusionMatrix(rows: [[40, 2], [3, 69]])
    let first = ClassificationScores(confusion: binary, loss: 0, positiveClass: 0)
    #expect(first.precision == 40.0 / 43 && first.recall == 40.0 / 42)
    #expect(isClose(first.f1, 80.0 / 85))
    let second = ClassificationScores(confusion: binary, loss: 0, positiveClass: 1)
    #expect(second.precision == 69.0 / 71 && second.recall == 69.0 / 72)
    #expect(first.accuracy == second.accuracy)
  }

  @Test func f1IsTheHarmonicMeanOfPrecisionAndRecall() {
    for index in 0..<3 {
      let precision = matrix.precision(of: index)
      let recall = matrix.recall(of: index)
      #expect(isClose(matrix.f1(of: index), 2 * precision * recall / (precision + recall)))
    }
  }

  @Test func divisionByZeroGivesZero() {
    let neverPredicted = ConfusionMatrix(rows: [[4, 0], [2, 0]])
    #expect(neverPredicted.precision(of: 1) == 0)
    #expect(neverPredicted.recall(of: 1) == 0)
    #expect(neverPredicted.f1(of: 1) == 0)
    #expect(isClose(neverPredicted.macroPrecision, (4.0 / 6 + 0) / 2))
    let absent = ConfusionMatrix(rows: [[3, 1], [0, 0]])
    #expect(absent.recall(of: 1) == 0 && absent.precision(of: 1) == 0)
    #expect(ConfusionMatrix(classes: 2).accuracy == 0)
  }
}
