import Support

/// A table as a LaTeX `tabular` with booktabs, the best values in bold.
struct LaTeXTable {
  /// The columns that fit one column of a two-column article.
  let paper: String
  /// All columns; nil where they all fit.
  let full: String?

  init(_ table: ReportTable) {
    let all = Array(table.columns.indices)
    var kept = all.filter { table.columns[$0].rank != nil }
    var layout = Layout(table, kept)
    // First drop the dispensable columns, then break lines as short as their words allow.
    for isTight in [false, true] {
      layout = Layout(table, kept, isTight: isTight)
      while !layout.fits, kept.count > 2, let last = Self.leastNeeded(kept, table),
        isTight || (table.columns[last].rank ?? 0) > 0
      {
        kept.removeAll { $0 == last }
        layout = Layout(table, kept, isTight: isTight)
      }
      if layout.fits { break }
    }
    let isWhole = kept == all
    full = isWhole ? nil : Self.text(table, Layout(table, all, fitted: false), note: "All columns.")
    paper = Self.text(
      table, layout,
      note: isWhole
        ? "Fits a column of a two-column article at \\small."
        : "Fits a column of a two-column article at \\small; all columns are in \(table.id)-full.tex."
    )
  }

  /// Returns the column to drop first.
  private static func leastNeeded(_ columns: [Int], _ table: ReportTable) -> Int? {
    columns.max { (table.columns[$0].rank ?? 0, $0) < (table.columns[$1].rank ?? 0, $1) }
  }

  private static func text(_ table: ReportTable, _ layout: Layout, note: String) -> String {
    var lines = [
      "% \\usepackage{booktabs}", "% \(table.title.onOneLine). \(note)",
      "{\\setlength{\\tabcolsep}{4pt}\\begin{tabular}{@{}\(layout.alignment)@{}}", "\\toprule",
      row(layout.columns.map { layout.cell(table.columns[$0.index].title, in: $0) }), "\\midrule",
    ]
    lines += table.rows.map { fields in
      row(
        layout.columns.map { column in
          let field = fields[column.index]
          if column.isNumeric { return LaTeX.number(field.text, isBest: field.isBest) }
          let text = layout.cell(field.text, in: column, isSmall: column.isInterval)
          return field.isBest ? "\\textbf{\(text)}" : text
        })
    }
    lines += ["\\bottomrule", "\\end{tabular}}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns a row. LaTeX reads a bracket or a star after a rule or a row end as an argument.
  private static func row(_ fields: [String]) -> String {
    let row = fields.joined(separator: " & ") + " \\tabularnewline"
    let first = row.unicodeScalars.first { $0 != " " }
    return first == "[" || first == "*" ? "{}" + row : row
  }

  private struct Layout {
    struct Column {
      let index: Int
      let isNumeric: Bool
      /// Whether its texts are intervals, which are set smaller.
      let isInterval: Bool
      /// In points at \small.
      let width: Double
      /// Minimum width in points when its lines break.
      let least: Double
      var breaks: Bool
    }

    var columns: [Column]
    /// Points per line.
    let line: Double

    /// A column of a two-column article has 229 pt at 10 pt.
    static let narrowLine = 227.0
    /// A column of a one-column article has 345 pt.
    static let wideLine = 345.0
    /// Space between two columns.
    static let gap = 8.0
    /// Wider texts break even where there is room.
    static let longText = 150.0
    /// Minimum width of a column that isn't tight.
    static let comfortable = 60.0
    /// The size of \scriptsize relative to \small.
    static let small = 0.87

    /// - Parameters:
    ///   - isTight: whether lines are as short as their words allow.
    ///   - fitted: whether texts break so that the columns fit a line, or only long ones.
    init(_ table: ReportTable, _ indices: [Int], isTight: Bool = false, fitted: Bool = true) {
      line = fitted ? Self.narrowLine : Self.wideLine
      columns = indices.map { index in
        let column = table.columns[index]
        let isInterval = !column.isNumeric && column.key.hasSuffix("interval")
        let scale = isInterval ? Self.small : 1
        let fields = column.fields
        let widths = fields.map { field in
          column.isNumeric
            ? Self.number(field.text, isBest: field.isBest)
            : LaTeX.width(field.text) * scale * (field.isBest ? Self.bold : 1)
        }
        let width = max(widths.max() ?? 0, LaTeX.width(column.title))
        let pieces = fields.map { LaTeX.widestPiece($0.text) * scale * ($0.isBest ? Self.bold : 1) }
        let tightest = max(pieces.max() ?? 0, LaTeX.widestPiece(column.title))
        let least =
          if isTight { tightest } else if isInterval { width } else {
            max(tightest, Self.comfortable)
          }
        return Column(
          index: index, isNumeric: column.isNumeric, isInterval: isInterval, width: width,
          least: min(least, width, Self.comfortable + 10),
          breaks: !column.isNumeric && width > Self.longText)
      }
      // Texts break, longest first, before a column is dropped.
      while fitted, left < 0,
        let next = columns.indices.filter({ !columns[$0].breaks && !columns[$0].isNumeric })
          .filter({ columns[$0].width > columns[$0].least })
          .max(by: { columns[$0].width < columns[$1].width })
      {
        columns[next].breaks = true
      }
    }

    /// The rest of the line when each breaking column has its minimum width.
    private var left: Double {
      let needed = columns.reduce(0) { $0 + ($1.breaks ? $1.least : $1.width) }
      return line - needed - Self.gap * Double(columns.count - 1)
    }

    /// Returns a column's width: longer texts get more room, though not in proportion.
    private func room(for column: Column) -> Double {
      func weight(_ column: Column) -> Double { min(column.width, 3 * Self.longText) }
      let all = columns.filter(\.breaks).reduce(0) { $0 + weight($1) }
      return column.least + max(0, left) * weight(column) / all
    }

    var fits: Bool { left >= 0 }

    var alignment: String {
      columns.map { column in
        guard column.breaks else { return column.isNumeric ? "r" : "l" }
        return "p{\(NumberText.fixed(room(for: column) / line, digits: 3))\\linewidth}"
      }.joined()
    }

    /// Returns a text in a text column; `isSmall` sets it smaller, which a head never is.
    func cell(_ text: String, in column: Column, isSmall: Bool = false) -> String {
      let room = room(for: column) / (isSmall ? Self.small : 1)
      let escaped = column.breaks ? LaTeX.escaped(text, room: room) : LaTeX.escaped(text)
      return (column.breaks ? "\\raggedright " : "")
        + (isSmall ? "{\\scriptsize \(escaped)}" : escaped)
    }

    private static let bold = 1.16

    /// Returns the width of a number as `LaTeX.number` sets it.
    private static func number(_ text: String, isBest: Bool) -> Double {
      let parts = text.split(separator: " ± ", maxSplits: 1).map(String.init)
      // The dot and the 10 of a power are wider than its "e".
      let widths = parts.map { LaTeX.width($0) + ($0.contains("e") ? 14 : 0) }
      guard let mean = widths.first else { return 0 }
      return mean * (isBest ? bold : 1)
        + widths.dropFirst().reduce(0) { $0 + ($1 + LaTeX.width(" ± ")) * small }
    }
  }
}
