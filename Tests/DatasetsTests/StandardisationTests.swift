import Datasets
import Foundation
import Testing

@Suite struct StandardisationTests {
  /// A table of one feature with these values.
  private func table(_ values: [Double]) throws -> Table {
    let rows = values.enumerated().map { "\($1),\($0 % 2 == 0 ? "x" : "y")\n" }
    return try Table(
      csv: Array(("c,kind\n" + rows.joined()).utf8), path: "t.csv", label: "kind",
      testFraction: 0.2)
  }

  private func standardised(_ values: [Double], others: [Double] = []) throws -> [Float] {
    let table = try table(values)
    return table.standardisation(by: Array(0..<table.rows)).apply(values + others)
  }

  @Test(
    arguments: [
      Array(repeating: 0.1, count: 455), Array(repeating: 14.62, count: 455),
      Array(repeating: 7, count: 455), Array(repeating: 1e300, count: 20),
      Array(repeating: -1e-300 / 1e10, count: 20), (0..<100).map { $0 % 2 == 0 ? 0.3 : 0.1 + 0.2 },
      (0..<50).map { 1e200 * ($0 % 2 == 0 ? 0.3 : 0.1 + 0.2) },
    ])
  func aColumnThatIsConstantUpToRoundingIsZero(values: [Double]) throws {
    // Whatever comes later, too.
    let others = [0, 1, 0.2, -1e300, 1.7e308, .leastNonzeroMagnitude]
    #expect(
      try standardised(values, others: others)
        == Array(repeating: 0, count: values.count + others.count))
  }

  /// The values 1 to 20 have mean 10.5 and variance (20² − 1) / 12.
  private let whole = (1...20).map(Double.init)
  private func expected(_ value: Double) -> Double { (value - 10.5) / (399.0 / 12).squareRoot() }

  @Test(arguments: [1, 1e200, 1e-200, 5e306, 1e-300, -1e250, 1e100, 1e-100])
  func columnsOfAnySizeHaveMeanZeroAndDeviationOne(scale: Double) throws {
    let found = try standardised(whole.map { $0 * scale })
    for (value, found) in zip(whole, found) {
      #expect(abs(Double(found) - expected(value) * (scale < 0 ? -1 : 1)) < 1e-6)
    }
  }

  /// Powers of two change no digit of a number, so they change none of what it is standardised to: not
  /// where squares overflow, nor where they vanish, nor among the smallest numbers of all.
  @Test(arguments: [700, 1018, -600, -1000, -1074])
  func powersOfTwoChangeNothing(exponent: Int) throws {
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    #expect(try standardised(whole.map { $0 * unit }) == standardised(whole))
  }

  /// What studies have been trained on stays as it is, bit for bit.
  @Test func anOrdinaryColumnIsMeanAndDeviationTakenOff() throws {
    let values = (0..<455).map { row -> Double in
      let (fine, coarse) = (Double(row * row % 97), Double(row % 7))
      return 13.37 + 0.01 * fine - coarse
    }
    let mean: Double = values.reduce(0, +) / 455
    let squares: [Double] = values.map { ($0 - mean) * ($0 - mean) }
    let factor = 1 / (squares.reduce(0, +) / 455).squareRoot()
    #expect(try standardised(values) == values.map { Float(($0 - mean) * factor) })
  }

  @Test func aValueThatDoesNotFitIsNamedWithItsPlace() throws {
    let table = try table(whole)
    let scaling = table.standardisation(by: Array(0..<20))
    let largest = Double(Float.greatestFiniteMagnitude)
    #expect(try scaling.apply([largest], of: "rows.csv") { "row \($0)" }.allSatisfy(\.isFinite))
    for value in [1.797e308, -1.797e308, 1e300] {
      let error = datasetError {
        _ = try scaling.apply([1, value], of: "rows.csv") { "line \([2, 9][$0])" }
      }
      #expect(error?.description.contains("rows.csv: line 9, column c: \(value)") == true)
      #expect(error?.isMissing == false)
    }
  }

  /// One row of forty is far from all others: it can't be tested with, and can be trained with.
  @Test func aTrainingTablesOutlierIsFoundWhereItIsTestedWith() throws {
    var values = (0..<40).map { Double($0 % 9) }
    values[7] = 1e300
    let table = try table(values)
    var (found, accepted) = (0, 0)
    for seed in 0..<20 as Range<UInt64> {
      let isTested = table.split(seed: seed).test.contains(7)
      let error = datasetError { try table.checkValues(seed: seed) }
      #expect((error != nil) == isTested)
      // The header is the first line.
      if isTested {
        #expect(error?.description.contains("t.csv: line 9, column c: 1e+300") == true)
      }
      (found, accepted) = (found + (isTested ? 1 : 0), accepted + (isTested ? 0 : 1))
    }
    #expect(found > 0 && accepted > 0)
  }
}
