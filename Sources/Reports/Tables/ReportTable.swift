import Experiments

/// A table that is written as HTML, LaTeX, CSV and plain text.
public struct ReportTable: Sendable {
  /// A field of a row.
  public struct Field: Sendable {
    /// What is shown.
    public var text: String
    /// What the column is sorted by, and what CSV holds, where it is a number.
    public var number: Double?
    /// Whether no value of its column is better.
    public var isBest = false

    /// A text.
    public init(_ text: String) { self.text = text }

    /// A number and how it is shown.
    public init(_ number: Double?, _ text: String, isBest: Bool = false) {
      self.number = number
      self.text = text
      self.isBest = isBest
    }
  }

  /// A column.
  public struct Column: Sendable {
    /// Its head.
    public var title: String
    /// Its name in CSV files.
    public var key: String
    /// Whether it holds numbers.
    public var isNumeric: Bool

    /// A column of numbers, or of texts.
    public init(_ title: String, _ key: String, isNumeric: Bool = true) {
      self.title = title
      self.key = key
      self.isNumeric = isNumeric
    }
  }

  /// Names the table in files: lower-case letters, digits and `-`.
  public var id: String
  /// What it shows.
  public var title: String
  /// What its numbers are.
  public var note: String
  /// The columns.
  public var columns: [Column]
  /// The rows, as long as the columns.
  public var rows: [[Field]]

  /// A table from its parts.
  public init(
    id: String, title: String, note: String = "", columns: [Column], rows: [[Field]]
  ) {
    self.id = id
    self.title = title
    self.note = note
    self.columns = columns
    self.rows = rows
  }

  /// The table as CSV: numbers in full, texts as shown.
  public var csv: String {
    CSV.text(
      [columns.map(\.key)]
        + rows.map { row in
          zip(columns, row).map { column, field in
            column.isNumeric ? field.number.map(canonicalText(of:)) ?? "" : field.text
          }
        })
  }

  /// The table as a LaTeX `tabular` for the package booktabs, the best values in bold; columns of long
  /// texts break their lines.
  public var latex: String {
    var lines = [
      "% \(title.onOneLine)", "\\begin{tabular}{\(latexAlignment)}", "\\toprule",
      Self.latexRow(columns.map { LaTeX.escaped($0.title) }), "\\midrule",
    ]
    lines += rows.map { row in
      Self.latexRow(
        row.map { field in
          let text = LaTeX.escaped(field.text)
          return field.isBest ? "\\textbf{\(text)}" : text
        })
    }
    lines += ["\\bottomrule", "\\end{tabular}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Texts longer than this don't fit beside others on a printed line.
  private static let longText = 40

  private var latexAlignment: String {
    let isLong = columns.indices.map { column in
      !columns[column].isNumeric && rows.contains { $0[column].text.columns > Self.longText }
    }
    let share = NumberText.fixed(0.8 / Double(max(2, isLong.count { $0 })), digits: 2)
    return zip(columns, isLong).map { column, isLong in
      isLong ? "p{\(share)\\linewidth}" : column.isNumeric ? "r" : "l"
    }.joined()
  }

  /// A row with its end. The rules and the row ends of LaTeX take a bracket or a star behind them for
  /// their own.
  private static func latexRow(_ fields: [String]) -> String {
    let row = fields.joined(separator: " & ") + " \\\\"
    let first = row.unicodeScalars.first { $0 != " " }
    return first == "[" || first == "*" ? "{}" + row : row
  }

  /// The table as aligned plain text, the best values with a star.
  public var text: String {
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
}
