/// Comma-separated values after RFC 4180, with `\n` at the end of each line.
public enum CSV {
  /// One line, without its end: fields with a comma, quote or line break are quoted, and what a
  /// spreadsheet would take for a formula has an apostrophe in front, which reading takes away.
  /// - Parameter names: the columns that hold ids: one that reads as a number has an apostrophe too.
  public static func line(_ fields: [String], names: Set<Int> = []) -> String {
    fields.enumerated().map { column, field in
      quoted(SpreadsheetText.marked(field, isName: names.contains(column)))
    }.joined(separator: ",")
  }

  /// A whole file: lines with their ends.
  public static func text(_ rows: [[String]], names: Set<Int> = []) -> String {
    rows.map { line($0, names: names) + "\n" }.joined()
  }

  /// The fields of every line of `text`; lines may end in `\n` or `\r\n`, the last in nothing.
  /// - Throws: `ResultFileError` for a quote that isn't closed.
  public static func rows(_ text: String) throws(ResultFileError) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    var previousClosedQuote = false
    for scalar in text.unicodeScalars {
      if isQuoted {
        if scalar == "\"" {
          isQuoted = false
          previousClosedQuote = true
        } else {
          field.append(scalar)
        }
        continue
      }
      switch scalar {
      case "\"":
        if previousClosedQuote { field.append(scalar) }
        isQuoted = true
      case ",", "\n":
        // What is quoted ends where its quote does.
        if scalar == "\n", field.last == "\r", !previousClosedQuote { field.removeLast() }
        row.append(self.text(of: field))
        field = String.UnicodeScalarView()
        if scalar == "\n" {
          rows.append(row)
          row = []
        }
      default: field.append(scalar)
      }
      previousClosedQuote = false
    }
    guard !isQuoted else {
      throw ResultFileError(message: "line \(rows.count + 1): a quote is opened and never closed")
    }
    if !row.isEmpty || !field.isEmpty { rows.append(row + [self.text(of: field)]) }
    return rows
  }

  private static func text(of field: String.UnicodeScalarView) -> String {
    SpreadsheetText.unmarked(String(field))
  }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else {
      return field
    }
    // By scalars: a quote with a combining mark behind it is another Character.
    var doubled = String.UnicodeScalarView()
    for scalar in field.unicodeScalars {
      doubled.append(scalar)
      if scalar == "\"" { doubled.append(scalar) }
    }
    return "\"\(String(doubled))\""
  }
}
