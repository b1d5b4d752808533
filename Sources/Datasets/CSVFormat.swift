import Models
import Support

extension CSVFormat: DataReader {
  package func read(
    _ files: [String], of source: DataSource, known: KnownDataset?
  ) throws -> any Dataset {
    try Table(
      csv: try FileContents.read(files[0]), path: files[0],
      label: source.text("label") ?? "", testFraction: source.testFraction ?? 0)
  }
}

extension Table {
  /// Classes are numbered in the order of their names.
  package init(csv bytes: [UInt8], path: String, label: String, testFraction: Double) throws {
    let file = try CSVFile(bytes: bytes, path: path)
    guard let labelColumn = file.header.firstIndex(of: label) else {
      throw DatasetError.damaged(path, Self.noColumn(label, in: file.header))
    }
    let names = Set(file.rows.map { $0.fields[labelColumn] }).sorted()
    guard names.count >= 2, names.count <= 256 else {
      throw DatasetError.damaged(
        path,
        "column \(label.shortened) has \(names.count) different values; 2 to 256 classes are needed."
      )
    }
    let columns = file.header.indices.filter { $0 != labelColumn }
    guard !columns.isEmpty else {
      throw DatasetError.damaged(path, "there is no column besides \(label).")
    }
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, UInt8($0)) })
    self.init(
      columnNames: columns.map { file.header[$0] },
      features: try file.rows.flatMap { row in try columns.map { try file.number(row, $0) } },
      labels: file.rows.compactMap { numbers[$0.fields[labelColumn]] }, classNames: names,
      input: ImageShape(height: 1, width: columns.count), split: .drawn(testFraction: testFraction),
      path: path,
      lines: file.rows.map(\.line))
  }

  /// That a column isn't there, and what may be meant; of a header of many columns the first ones.
  private static func noColumn(_ label: String, in header: [String]) -> String {
    let near = header.prefix(100).filter { max($0.utf8.count, label.utf8.count) <= 100 }
      .map { (distance: editDistance($0.lowercased(), label.lowercased()), name: $0) }.min {
        $0.distance < $1.distance
      }
    return "no column is called \(label.shortened). "
      + (near.map { "Did you mean \($0.name)? " } ?? "") + "The header has \(list(header))."
  }

  /// Names in a message: the first of many.
  private static func list(_ names: [String]) -> String {
    names.prefix(100).map(\.shortened).joined(separator: ", ") + (names.count > 100 ? ", …" : "")
  }

  /// The rows of a CSV file with a header that names every column of this table, in any order.
  ///
  /// - Parameter label: the column of class names, which the file may lack.
  /// - Throws: `DatasetError`.
  package func rows(csv path: String, label: String?) throws -> TableRows {
    let file = try CSVFile(bytes: try FileContents.read(path), path: path)
    let byName = Dictionary(
      file.header.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let places = try columnNames.map { name in
      guard let place = byName[name] else {
        throw DatasetError.damaged(
          path,
          "no column is called \(name.shortened). Its header must name the \(columns) columns "
            + "\(Self.list(columnNames)).")
      }
      return place
    }
    let labelColumn = label.flatMap { file.header.firstIndex(of: $0) }
    let labels = try labelColumn.map { column in
      try file.rows.map { row in
        guard let number = classNames.firstIndex(of: row.fields[column]) else {
          throw DatasetError.damaged(
            path,
            "line \(row.line): no class is called \(row.fields[column].shortened); there are "
              + "\(Self.list(classNames)).")
        }
        return UInt8(number)
      }
    }
    return TableRows(
      path: path,
      features: try file.rows.flatMap { row in try places.map { try file.number(row, $0) } },
      labels: labels, lines: file.rows.map(\.line), count: file.rows.count)
  }
}

/// Comma-separated values (RFC 4180): a header and rows of as many fields.
struct CSVFile {
  let path: String
  let header: [String]
  let rows: [CSV.Record]

  /// Parses a file's bytes.
  init(bytes: [UInt8], path: String) throws {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError.damaged(path, "it is not UTF-8 text.")
    }
    var all: [CSV.Record]
    do throws(CSV.OpenQuote) {
      all = try CSV.records(text)
    } catch {
      throw DatasetError.damaged(
        path, "the quote that opens in the row at line \(error.line) never closes.")
    }
    guard !all.isEmpty else { throw DatasetError.damaged(path, "it is empty: a header is needed.") }
    header = all.removeFirst().fields
    rows = all
    for row in rows where row.fields.count != header.count {
      throw DatasetError.damaged(
        path,
        "line \(row.line) has \(row.fields.count) fields, the header \(header.count).")
    }
    guard !rows.isEmpty else { throw DatasetError.damaged(path, "it has a header and no rows.") }
  }

  func number(_ row: CSV.Record, _ column: Int) throws -> Double {
    let text = String(
      row.fields[column].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    guard let value = Double(text), value.isFinite else {
      let found = text.isEmpty ? "nothing" : "'\(text.shortened)'"
      throw DatasetError.damaged(
        path,
        "line \(row.line), column \(header[column].shortened): a finite number is needed, found "
          + "\(found).")
    }
    return value
  }
}
