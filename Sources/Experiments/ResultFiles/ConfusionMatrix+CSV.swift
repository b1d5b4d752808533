extension ConfusionMatrix {
  private static let corner = "true_class"

  /// The text of `confusion.csv`: a row for each true class, a column for each predicted one, both
  /// with the class's name.
  /// - Parameter classNames: one name for each class, in the order of the matrix.
  public func csv(classNames: [String]) -> String {
    precondition(
      classNames.count == classes, "\(classNames.count) names for \(classes) classes")
    let rows = (0..<classes).map { truth in
      [classNames[truth]] + (0..<classes).map { String(self[truth, $0]) }
    }
    return CSV.text([[Self.corner] + classNames] + rows)
  }

  /// The matrix and the names of its classes that the text of a `confusion.csv` holds.
  /// - Throws: `ResultFileError` with the line that isn't as it should be.
  public static func parse(
    csv text: String
  ) throws(ResultFileError) -> (matrix: ConfusionMatrix, classNames: [String]) {
    let rows = try CSV.rows(text)
    guard let header = rows.first, header.first == corner, header.count > 1 else {
      throw ResultFileError(message: "line 1: expected \(corner) and the names of the classes")
    }
    let names = Array(header.dropFirst())
    guard rows.count == names.count + 1 else {
      throw ResultFileError(
        message: "expected a row for each of \(names.count) classes, found \(rows.count - 1)")
    }
    var matrix = ConfusionMatrix(classes: names.count)
    for truth in names.indices {
      let row = rows[truth + 1]
      let counts = row.dropFirst().compactMap(Int64.init)
      guard row.first == names[truth], counts.count == names.count, row.count == header.count,
        counts.allSatisfy({ $0 >= 0 })
      else {
        throw ResultFileError(
          message: "line \(truth + 2): expected \(names[truth]) and \(names.count) counts, found "
            + row.joined(separator: ","))
      }
      for predicted in names.indices { matrix[truth, predicted] = counts[predicted] }
    }
    return (matrix, names)
  }
}
