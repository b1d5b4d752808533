import Models
import Support

/// Rows of numeric features with a class each.
package struct Table: Dataset, Codable {
  package let columnNames: [String]
  /// `rows` × `columns` features, row by row, as they are in the file. They aren't coded: they are many.
  package var features: [Double] = []
  package let labels: [UInt8]
  package let classNames: [String]
  package let input: ImageShape
  package let split: Split
  package let path: String
  /// The line that each row begins in; nil where the file isn't text.
  let lines: [Int]?

  private enum CodingKeys: CodingKey {
    case columnNames, labels, classNames, input, split, path, lines
  }

  package var rows: Int { labels.count }
  package var columns: Int { columnNames.count }

  package var form: DatasetForm { .numbers(self) }

  package func features(of samples: [Int], seed: UInt64) throws -> [Float] {
    try features(of: samples, standardisedBy: split(seed: seed).train)
  }

  private func features(of samples: [Int], standardisedBy train: [Int]) throws -> [Float] {
    try standardisation(by: train).apply(features(of: samples), of: path) {
      rowPlace(samples[$0], lines)
    }
  }

  /// The same of rows of another file.
  package func features(of rows: TableRows, seed: UInt64) throws -> [Float] {
    try standardisation(by: split(seed: seed).train).apply(rows.features, of: rows.path) {
      rowPlace($0, rows.lines)
    }
  }

  package func checkValues(seed: UInt64) throws {
    let (train, test) = split(seed: seed)
    _ = try features(of: train + test, standardisedBy: train)
  }

  /// The features of some rows, one after another.
  package func features(of rows: [Int]) -> [Double] {
    rows.flatMap { features[$0 * columns..<($0 + 1) * columns] }
  }
}

/// Rows of a user's file that have a table's columns, and perhaps a class.
package struct TableRows: Sendable {
  let path: String
  /// One row after another, in the order of the table's columns.
  package let features: [Double]
  /// Each row's class; nil where the file doesn't say.
  package let labels: [UInt8]?
  /// The line that each row begins in; nil where the file isn't text.
  let lines: [Int]?
  package let count: Int
}

/// Where a row stands in its file, for messages.
private func rowPlace(_ row: Int, _ lines: [Int]?) -> String {
  lines.map { "line \($0[row])" } ?? "row \(row)"
}
