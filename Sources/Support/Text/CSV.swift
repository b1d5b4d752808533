/// Comma-separated values after RFC 4180, with `\n` at the end of each line.
package enum CSV {
  /// Returns one line without its end. Fields with a comma, quote or line break are quoted, and
  /// formulas in spreadsheets get a leading apostrophe, which reading removes.
  /// - Parameter names: columns of ids, which get an apostrophe too if they read as a number.
  package static func line(_ fields: [String], names: Set<Int> = []) -> String {
    fields.enumerated().map { column, field in
      quoted(SpreadsheetText.marked(field, isName: names.contains(column)))
    }.joined(separator: ",")
  }

  package static func text(_ rows: [[String]], names: Set<Int> = []) -> String {
    rows.map { line($0, names: names) + "\n" }.joined()
  }

  /// A record: its fields, and the line that it begins in.
  package struct Record: Hashable, Sendable {
    package let line: Int
    package let fields: [String]
  }

  /// A quote opened in the record at `line` and never closed.
  package struct OpenQuote: Error, Hashable {
    package let line: Int

    package init(line: Int) { self.line = line }
  }

  /// Returns the records of `text`. Lines end in `\n` or `\r\n`, the last optionally; empty lines
  /// and a byte order mark are skipped. A quote only counts at the beginning of a field.
  package static func records(_ text: String) throws(OpenQuote) -> [Record] {
    var reader = Reader(text)
    return try reader.records()
  }

  /// Returns the fields of every record of a file that `text` wrote, without its apostrophes.
  /// - Throws: `ResultFileError` for an unclosed quote.
  package static func rows(_ text: String) throws(ResultFileError) -> [[String]] {
    do {
      return try records(text).map { $0.fields.map(SpreadsheetText.unmarked) }
    } catch {
      throw ResultFileError(message: "line \(error.line): a quote is opened and never closed")
    }
  }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else {
      return field
    }
    return "\"\(field.replacingScalars { $0 == "\"" ? "\"\"" : nil })\""
  }
}

extension CSV {
  /// Scans a text once, byte by byte: separators are ASCII, and no byte of another character is.
  private struct Reader {
    private let bytes: [UInt8]
    private var position: Int
    private var line = 1
    private var found: [Record] = []

    init(_ text: String) {
      bytes = Array(text.utf8)
      position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    }

    mutating func records() throws(OpenQuote) -> [Record] {
      while position < bytes.count { try readRecord() }
      return found
    }

    private mutating func readRecord() throws(OpenQuote) {
      let start = line
      var fields: [String] = []
      var isBlank = true
      while true {
        let wasQuoted = position < bytes.count && bytes[position] == UInt8(ascii: "\"")
        let field = wasQuoted ? try quotedField(start) : plainField()
        if wasQuoted || !field.isEmpty { isBlank = false }
        fields.append(field)
        guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
        isBlank = false
        position += 1
      }
      if position < bytes.count {
        position += 1
        line += 1
      }
      if !isBlank { found.append(Record(line: start, fields: fields)) }
    }

    /// Reads up to a comma or the end of the line, without a carriage return before it.
    private mutating func plainField() -> String {
      let end = bytes[position...].firstIndex(where: Self.ends) ?? bytes.count
      defer { position = end }
      return String(decoding: bytes[position..<withoutReturn(position, end)], as: UTF8.self)
    }

    /// Reads a quoted field, with quotes doubled, and what follows it up to a comma.
    private mutating func quotedField(_ start: Int) throws(OpenQuote) -> String {
      let quote = UInt8(ascii: "\"")
      var content: [UInt8] = []
      position += 1
      while true {
        guard let end = bytes[position...].firstIndex(of: quote) else {
          throw OpenQuote(line: start)
        }
        content += bytes[position..<end]
        position = end + 1
        guard position < bytes.count, bytes[position] == quote else { break }
        content.append(quote)
        position += 1
      }
      line += content.count { $0 == UInt8(ascii: "\n") }
      return String(decoding: content, as: UTF8.self) + plainField()
    }

    private func withoutReturn(_ start: Int, _ end: Int) -> Int {
      let isLineEnd = end < bytes.count && bytes[end] == UInt8(ascii: "\n")
      return isLineEnd && end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
    }

    private static func ends(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n")
    }
  }
}
