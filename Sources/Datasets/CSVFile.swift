/// Comma-separated values (RFC 4180): a header and rows of as many fields.
struct CSVFile {
  /// A field with the line it starts in.
  struct Row {
    let line: Int
    let fields: [String]
  }

  let path: String
  let header: [String]
  let rows: [Row]

  /// Parses a file's bytes.
  init(bytes: [UInt8], path: String) throws {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError.damaged(path, "it is not UTF-8 text.")
    }
    var all = try Self.parse(text, path: path)
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

  private static func parse(_ text: String, path: String) throws -> [Row] {
    var rows: [Row] = []
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var wasQuoted = false
    var line = 1
    var start = 1
    func isBlank() -> Bool { fields.isEmpty && field.isEmpty && !wasQuoted }
    func endRow() {
      if !isBlank() { rows.append(Row(line: start, fields: fields + [field])) }
      fields = []
      field = ""
      wasQuoted = false
    }
    var iterator = text.unicodeScalars.makeIterator()
    var pending = iterator.next()
    if pending == "\u{FEFF}" { pending = iterator.next() }
    while let character = pending {
      pending = iterator.next()
      switch character {
      case "\"" where isQuoted && pending == "\"":
        field.unicodeScalars.append("\"")
        pending = iterator.next()
      case "\"" where isQuoted: isQuoted = false
      case "\"" where field.isEmpty && !wasQuoted:
        isQuoted = true
        wasQuoted = true
      case "," where !isQuoted:
        fields.append(field)
        field = ""
        wasQuoted = false
      case "\r" where !isQuoted && pending == "\n": continue
      case "\n" where !isQuoted:
        endRow()
        line += 1
        start = line
      default:
        if character == "\n" { line += 1 }
        field.unicodeScalars.append(character)
      }
    }
    guard !isQuoted else {
      throw DatasetError.damaged(
        path, "the quote that opens in the row at line \(start) never closes.")
    }
    endRow()
    return rows
  }

  /// The number in a field.
  func number(_ row: Row, _ column: Int) throws -> Double {
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

extension String {
  /// The first 60 characters, for messages: a file's fields may be of any length.
  var shortened: String { utf8.count > 60 ? prefix(60) + "…" : self }
}
