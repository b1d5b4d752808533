import Support

extension ConfusionMatrix {
  private static let corner = "true_class"

  /// Returns the text of `confusion.csv`: a row per true, a column per predicted class, with names.
  /// - Parameter classNames: one name per class, in the order of the matrix.
  package func csv(classNames: [String]) -> String {
    precondition(
      classNames.count == classes, "\(classNames.count) names for \(classes) classes")
    let rows = (0..<classes).map { truth in
      [classNames[truth]] + (0..<classes).map { String(self[truth, $0]) }
    }
    return CSV.text([[Self.corner] + classNames] + rows)
  }

  /// Limits for a file: labels are bytes, and sums of counts are far from overflow.
  private static let classLimit = 256
  private static let countLimit: Int64 = 1 << 40

  /// Returns the matrix and class names from the text of a `confusion.csv`: at most 256 classes,
  /// counts of at most 2⁴⁰.
  /// - Throws: `ResultFileError` with the faulty line.
  package static func parse(
    csv text: String
  ) throws(ResultFileError) -> (matrix: ConfusionMatrix, classNames: [String]) {
    let rows = try CSV.rows(text)
    guard let header = rows.first, header.first == corner, header.count > 1 else {
      throw ResultFileError(message: "line 1: expected \(corner) and the names of the classes")
    }
    let names = Array(header.dropFirst())
    guard names.count <= classLimit else {
      throw ResultFileError(
        message: "line 1: expected at most \(classLimit) classes, found \(names.count)")
    }
    guard rows.count == names.count + 1 else {
      throw ResultFileError(
        message: "expected a row for each of \(names.count) classes, found \(rows.count - 1)")
    }
    var counts: [[Int64]] = []
    for (row, name) in zip(rows.dropFirst(), names) {
      guard row.first == name, let numbers = numbers(row.dropFirst()), numbers.count == names.count
      else {
        throw ResultFileError(
          message: "line \(counts.count + 2): expected \(name) and \(names.count) counts from 0 to "
            + "\(countLimit), found \(row.joined(separator: ","))")
      }
      counts.append(numbers)
    }
    return (ConfusionMatrix(rows: counts), names)
  }

  private static func numbers(_ fields: ArraySlice<String>) -> [Int64]? {
    let numbers = fields.compactMap(Int64.init)
    let areCounts = numbers.allSatisfy { (0...countLimit).contains($0) }
    return areCounts && numbers.count == fields.count ? numbers : nil
  }
}
