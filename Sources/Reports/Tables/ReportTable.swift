import Experiments
import Support

/// A table for HTML, LaTeX, CSV, Markdown and plain text.
package struct ReportTable: Sendable {
  package struct Field: Sendable {
    package var text: String
    /// The number behind the text, for sorting and CSV; nil where there is none.
    package var number: Double?
    /// Whether no value of its column is better.
    package var isBest = false

    package init(_ number: Double?, _ text: String, isBest: Bool = false) {
      self.number = number
      self.text = text
      self.isBest = isBest
    }
  }

  package struct Column: Sendable {
    package var title: String
    /// Its name in CSV files.
    package var key: String
    package var isNumeric = true
    /// Priority in print, where room is limited: the largest numbers are dropped first, and columns
    /// without a number are never printed.
    var rank: Int?
    /// A field for each row of the table.
    package var fields: [Field]

    package init(_ title: String, _ key: String, rank: Int? = 0, numbers fields: [Field]) {
      self.title = title
      self.key = key
      self.rank = rank
      self.fields = fields
    }

    /// A column of texts.
    package init(_ title: String, _ key: String, rank: Int? = 0, _ texts: [String]) {
      self.init(title, key, rank: rank, numbers: texts.map { Field(nil, $0) })
      isNumeric = false
    }

    /// A column of numbers, each shown as `text` has it.
    init(
      _ title: String, _ key: String, rank: Int? = 0, _ numbers: [Double?],
      _ text: (Double) -> String
    ) {
      self.init(
        title, key, rank: rank,
        numbers: numbers.map { Field($0, $0.map(text) ?? NumberText.none) })
    }

    init<Count: BinaryInteger>(
      _ title: String, _ key: String, rank: Int? = 0, counts: [Count?]
    ) {
      self.init(
        title, key, rank: rank,
        numbers: counts.map { count in
          Field(count.map { Double($0) }, count.map { String($0) } ?? NumberText.none)
        })
    }

    /// The column of blocks. In print, the only block is in the table's caption.
    static func blocks(_ labels: [String], isOnly: Bool) -> Column {
      Column("block", "block", rank: isOnly ? nil : 0, labels)
    }
  }

  /// Name in files: lower-case letters, digits and `-`.
  package var id: String
  package var title: String
  /// An explanation of the numbers.
  package var note: String
  /// At least one, all with equally many fields.
  package var columns: [Column]

  package init(id: String, title: String, note: String = "", columns: [Column]) {
    self.id = id
    self.title = title
    self.note = note
    self.columns = columns
  }

  package var rows: [[Field]] {
    columns[0].fields.indices.map { row in columns.map { $0.fields[row] } }
  }

  /// The table as CSV: numbers in full, texts as shown.
  package var csv: String {
    CSV.text(
      [columns.map(\.key)]
        + rows.map { row in
          zip(columns, row).map { column, field in
            column.isNumeric ? field.number.map(canonicalText(of:)) ?? "" : field.text
          }
        })
  }

  /// The table as aligned plain text, the best values with a star.
  package var text: String {
    let hasBest = rows.contains { $0.contains(where: \.isBest) }
    let heads = columns.map { $0.title + (hasBest && $0.isNumeric ? " " : "") }
    let body = rows.map { row in
      zip(columns, row).map { column, field in
        let mark = hasBest && column.isNumeric ? (field.isBest ? "*" : " ") : ""
        return field.text.onOneLine + mark
      }
    }
    return alignedTable([heads] + body)
  }

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

  /// The table as a LaTeX `tabular` that fits a column of a two-column article.
  package var latex: String { LaTeXTable(self).paper }
}

enum Markdown {
  /// Escapes Markdown's special characters.
  static func escaped(_ text: String) -> String {
    text.onOneLine.replacingScalars {
      #"\`*_[]<>#|&~"#.unicodeScalars.contains($0) ? "\\\($0)" : nil
    }
  }
}

/// Returns rows as aligned plain text; ends with a line break. The first row is the head, above a
/// rule; the first column is flush left, the others flush right.
/// - Parameter rows: at least one, all as long as the first.
package func alignedTable(_ rows: [[String]]) -> String {
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
