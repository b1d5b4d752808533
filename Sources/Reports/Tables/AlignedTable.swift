/// Returns rows as aligned plain text; ends with a line break. The first row is the head, above a
/// rule; the first column is flush left, the others flush right.
/// - Parameter rows: at least one, all as long as the first.
public func alignedTable(_ rows: [[String]]) -> String {
  let widths = (0..<rows[0].count).map { column in
    rows.map { column < $0.count ? $0[column].columns : 0 }.max() ?? 0
  }
  func line(_ fields: [String]) -> String {
    var line = fields.enumerated().map { column, field in
      field.padded(to: widths[column], atEnd: column == 0)
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
  let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
  return line(rows[0]) + rule + rows.dropFirst().map(line).joined()
}
