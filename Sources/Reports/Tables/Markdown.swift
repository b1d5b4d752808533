import Support

extension ReportTable {
  /// The table as Markdown, the best values in bold; ends with a line break.
  var markdown: String {
    let rule = columns.map { $0.isNumeric ? "---:" : ":---" }
    let body = rows.map { row in
      zip(columns, row).map { column, field in
        let text = column.isNumeric ? field.text : Markdown.escaped(field.text)
        return field.isBest ? "**\(text)**" : text
      }
    }
    let lines = [columns.map(\.title)] + body
    let texts = lines.map { "| \($0.joined(separator: " | ")) |\n" }
    return texts[0] + "|\(rule.joined(separator: "|"))|\n" + texts.dropFirst().joined()
  }
}

enum Markdown {
  /// Escapes Markdown's special characters, by scalars like Markdown itself.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.onOneLine.unicodeScalars {
      if #"\`*_[]<>#|&~"#.unicodeScalars.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }
}
