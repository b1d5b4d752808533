/// A table as a LaTeX `tabular` for the package booktabs, the best values in bold.
struct LaTeXTable {
  /// What fits a column of text.
  let paper: String
  /// All columns; nil where they all fit.
  let full: String?

  init(_ table: ReportTable) {
    let all = Array(table.columns.indices)
    var kept = all.filter { table.columns[$0].rank != nil }
    var layout = Layout(table, kept)
    while !layout.fits, kept.count > 2, let last = Self.leastNeeded(kept, table) {
      kept.removeAll { $0 == last }
      layout = Layout(table, kept)
    }
    let isWhole = kept == all
    full = isWhole ? nil : Self.text(table, Layout(table, all, fitted: false), note: "All columns.")
    paper = Self.text(
      table, layout,
      note: isWhole
        ? "Fits a column of article at \\small."
        : "Fits a column of article at \\small; all columns are in \(table.id)-full.tex.")
  }

  /// The column that goes first.
  private static func leastNeeded(_ columns: [Int], _ table: ReportTable) -> Int? {
    columns.max { (table.columns[$0].rank ?? 0, $0) < (table.columns[$1].rank ?? 0, $1) }
  }

  private static func text(_ table: ReportTable, _ layout: Layout, note: String) -> String {
    var lines = [
      "% \\usepackage{booktabs}", "% \(table.title.onOneLine). \(note)",
      "\\begin{tabular}{\(layout.alignment)}", "\\toprule",
      row(layout.columns.map { layout.cell(table.columns[$0.index].title, in: $0) }), "\\midrule",
    ]
    lines += table.rows.map { fields in
      row(
        layout.columns.map { column in
          let field = fields[column.index]
          if column.isNumeric { return LaTeX.number(field.text, isBest: field.isBest) }
          let text = layout.cell(field.text, in: column)
          return field.isBest ? "\\textbf{\(text)}" : text
        })
    }
    lines += ["\\bottomrule", "\\end{tabular}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// A row with its end. The rules and the row ends of LaTeX take a bracket or a star behind them for
  /// their own.
  private static func row(_ fields: [String]) -> String {
    let row = fields.joined(separator: " & ") + " \\tabularnewline"
    let first = row.unicodeScalars.first { $0 != " " }
    return first == "[" || first == "*" ? "{}" + row : row
  }

  /// Some of a table's columns, and how wide they are.
  private struct Layout {
    struct Column {
      let index: Int
      let isNumeric: Bool
      /// Points at \small.
      let width: Double
      /// Whether its lines break.
      var breaks: Bool
    }

    var columns: [Column]

    /// Points that a column of text has, with the sizes of \small in all of article's sizes: 345 pt
    /// for letters of 9 pt, 390 pt for letters of 10.95 pt.
    static let line = 318.0
    /// Between two columns, and half of it at each end.
    static let gap = 12.0
    /// Wider texts than this break.
    static let longText = 150.0
    /// No narrower.
    static let narrowest = 60.0

    /// - Parameter fitted: whether texts break so that the columns fit a line, or only long ones.
    init(_ table: ReportTable, _ indices: [Int], fitted: Bool = true) {
      columns = indices.map { index in
        let column = table.columns[index]
        let width = table.rows.map { Self.width($0[index].text, isBold: $0[index].isBest) }.max()
        let all = max(width ?? 0, Self.width(column.title, isBold: false))
        return Column(
          index: index, isNumeric: column.isNumeric, width: all,
          breaks: !column.isNumeric && all > Self.longText)
      }
      // Texts break, the longest first, before a column goes.
      while fitted, room < Self.narrowest,
        let next = columns.indices.filter({ !columns[$0].breaks && !columns[$0].isNumeric })
          .filter({ columns[$0].width > Self.narrowest })
          .max(by: { columns[$0].width < columns[$1].width })
      {
        columns[next].breaks = true
      }
    }

    /// What is left for the columns that break, all together.
    private var left: Double {
      let fixed = columns.filter { !$0.breaks }.reduce(0) { $0 + $1.width }
      return Self.line - fixed - Self.gap * Double(columns.count)
    }

    /// What the narrowest column that breaks has; where none does, whether there is room at all.
    private var room: Double {
      columns.filter(\.breaks).map(room).min() ?? (left < 0 ? left : .infinity)
    }

    /// Longer texts have more room than shorter ones, though not in proportion.
    private func room(for column: Column) -> Double {
      func weight(_ column: Column) -> Double { min(column.width, 3 * Self.longText) }
      let all = columns.filter(\.breaks).reduce(0) { $0 + weight($1) }
      return left * weight(column) / all
    }

    var fits: Bool { room >= Self.narrowest }

    var alignment: String {
      columns.map { column in
        guard column.breaks else { return column.isNumeric ? "r" : "l" }
        let share = max(room(for: column), Self.narrowest / 2) / Self.line
        return "p{\(NumberText.fixed(share, digits: 3))\\linewidth}"
      }.joined()
    }

    /// A text in a column of texts.
    func cell(_ text: String, in column: Column) -> String {
      guard column.breaks else { return LaTeX.escaped(text) }
      let letters = Int(max(room(for: column), Self.narrowest / 2) / 7)
      return "\\raggedright " + LaTeX.escaped(text, longestWord: letters)
    }

    /// A text's width, rather too large.
    private static func width(_ text: String, isBold: Bool) -> Double {
      text.unicodeScalars.reduce(0) { sum, scalar in
        let letter: Double =
          switch scalar {
          case "0"..."9": 4.7
          case "i", "j", "l", "t", "f", "r", "I", " ", ".", ",", "'", ":", ";", "(", ")", "[", "]":
            4
          case "A"..."Z", "m", "w", "±", "×", "%", "–", "-", "+", "=", "<", ">": 8
          default: scalar.isASCII ? 5.2 : 9.5
          }
        return sum + letter * (isBold ? 1.15 : 1)
      }
    }
  }
}

extension ReportTable {
  /// The table as a LaTeX `tabular` that fits a column of text.
  public var latex: String { LaTeXTable(self).paper }
}
