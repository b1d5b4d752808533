import Support

extension Table {
  /// What standardises features: every column's mean and (population) standard deviation in some rows
  /// are taken off. A column that is constant there up to rounding becomes zero.
  package func standardisation(by rows: [Int]) -> Standardisation {
    Standardisation(
      scales: (0..<columns).map { column in
        Standardisation.Scale(of: rows.map { features[$0 * columns + column] })
      }, columnNames: columnNames)
  }
}

/// Means and deviations of a table's columns, taken off others' features.
package struct Standardisation: Sendable {
  /// What one column's values are standardised by.
  struct Scale {
    /// A power of two, which changes no digit: 1 but for columns whose squares no number holds.
    var unit = 1.0
    /// Of the values times `unit`.
    var mean: Double
    /// One over the deviation of the values times `unit`; 0 where the column is constant.
    var factor: Double

    /// The scale of a column with these values, at least one.
    init(of values: [Double]) {
      if let plain = Self.moments(values) {
        (mean, factor) = plain
        return
      }
      let largest = values.reduce(0) { max($0, $1.magnitude) }
      // The largest value times this is near 1; of the smallest numbers as near as a number can bring it.
      let exponent = max(-1000, min(Int(largest.exponent), 1000))
      let unit = Double(sign: .plus, exponent: -exponent, significand: 1)
      (mean, factor) = Self.moments(values.map { $0 * unit }) ?? (0, 0)
      self.unit = unit
    }

    /// Mean and one over the deviation, 0 for a constant column; nil where squares overflow or vanish.
    private static func moments(_ values: [Double]) -> (mean: Double, factor: Double)? {
      guard let first = values.first, values.contains(where: { $0 != first }) else {
        return (values.first ?? 0, 0)
      }
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      guard variance.isFinite, variance >= 0x1p-900 else { return nil }
      // What rounding alone may make of a constant column (as in scikit-learn).
      let error = count * mean * .ulpOfOne
      return (
        mean,
        variance <= count * .ulpOfOne * variance + error * error ? 0 : 1 / variance.squareRoot()
      )
    }

    /// A value as a network sees it; 0 in a constant column, whatever it is.
    func apply(_ value: Double) -> Float {
      factor == 0 ? 0 : Float((value * unit - mean) * factor)
    }
  }

  let scales: [Scale]
  let columnNames: [String]

  /// Rows of features as a network sees them.
  package func apply(_ features: [Double]) -> [Float] {
    features.enumerated().map { index, value in scales[index % scales.count].apply(value) }
  }

  /// The same, of rows of a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - place: where a row stands in it: `line 3`.
  /// - Throws: `DatasetError` with the place of a value that is too far from the training rows' for a
  ///   number that a network computes with.
  package func apply(
    _ features: [Double], of path: String, place: (_ row: Int) -> String
  ) throws -> [Float] {
    let values = apply(features)
    guard let bad = values.firstIndex(where: { !$0.isFinite }) else { return values }
    throw DatasetError.damaged(
      path,
      "\(place(bad / scales.count)), column \(columnNames[bad % scales.count].shortened): "
        + "\(features[bad]) is too far from the training rows' values to be standardised: the "
        + "largest number that a network takes is \(Float.greatestFiniteMagnitude). Correct the "
        + "value, or leave the row out.")
  }
}
