import Support

/// Rows of numeric features with a class each.
public struct Table: Hashable, Codable, Sendable {
  /// Names of the features.
  public let columnNames: [String]
  /// `rows` × `columns` features, row by row, as they are in the file.
  public let features: [Double]
  /// Each row's class.
  public let labels: [UInt8]
  /// Names of the classes, by number.
  public let classNames: [String]
  /// The file, for messages.
  package let path: String
  /// The line that each row begins in.
  package let lines: [Int]

  /// Number of samples.
  public var rows: Int { labels.count }
  /// Number of features.
  public var columns: Int { columnNames.count }

  /// WDBC from where it is found; its contents are compared with their digest.
  ///
  /// - Throws: `DatasetError`.
  public init(_ known: KnownDataset, search: DatasetSearch) throws {
    precondition(known == .wdbc, "\(known.name) is no table")
    let place = try search.locate(known)
    let path = place.files[0]
    let bytes = try FileContents.read(path)
    if path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") {
      try ImageDataset.check(bytes, path: path, against: KnownDataset.breastCancer)
      try self.init(breastCancer: bytes, path: path)
    } else {
      try ImageDataset.check(bytes, path: path, against: known.files[0])
      try self.init(wdbc: bytes, path: path)
    }
  }

  /// A user's own: a CSV file with a header, numeric columns and a column of class names. Classes are
  /// numbered in the order of their names.
  ///
  /// - Throws: `DatasetError`.
  public init(csv path: String, label: String) throws {
    try self.init(csv: try FileContents.read(path), path: path, label: label)
  }

  /// The same from the file's bytes.
  package init(csv bytes: [UInt8], path: String, label: String) throws {
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
      throw DatasetError.damaged(path, "there is no column beside \(label).")
    }
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, UInt8($0)) })
    columnNames = columns.map { file.header[$0] }
    features = try file.rows.flatMap { row in try columns.map { try file.number(row, $0) } }
    labels = file.rows.compactMap { numbers[$0.fields[labelColumn]] }
    classNames = names
    self.path = path
    lines = file.rows.map(\.line)
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
}

/// Rows of a user's file that have a table's columns, and perhaps a class.
public struct TableRows: Sendable {
  /// One row after another, in the order of the table's columns.
  public let features: [Double]
  /// Each row's class; nil where the file has no column of classes.
  public let labels: [UInt8]?
  /// The line that each row begins in.
  package let lines: [Int]
  /// Number of rows.
  public let count: Int
}

extension Table {
  /// The rows of a CSV file with a header that names every column of this table, in any order.
  ///
  /// - Parameter label: the column of class names, which the file may lack.
  /// - Throws: `DatasetError`.
  public func rows(csv path: String, label: String?) throws -> TableRows {
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
      features: try file.rows.flatMap { row in try places.map { try file.number(row, $0) } },
      labels: labels, lines: file.rows.map(\.line), count: file.rows.count)
  }
}
