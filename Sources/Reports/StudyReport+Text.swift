import Experiments
import Support

extension ComparisonTable {
  /// The number of seeds that every row's statistics are over; nil when rows differ.
  private var commonSeeds: Int? {
    let counts = Set(rows.map(\.cell.finished))
    return counts.count == 1 ? counts.first : nil
  }

  /// What the numbers are over: `mean ± standard deviation over 3 seeds`.
  var caption: String {
    switch commonSeeds {
    case 0: "no trial finished"
    case 1: "one seed"
    case .some(let seeds): "mean ± standard deviation over \(seeds) seeds"
    case nil: "mean ± standard deviation over the seeds that finished"
    }
  }

  /// The heads of the columns.
  var heads: [String] {
    ["activation"] + Metric.allCases.map(\.title) + (commonSeeds == nil ? ["seeds"] : [])
  }

  /// The texts of a row, a text for each head.
  /// - Parameter mark: what becomes of a column's best value.
  func fields(of row: Row, mark: (_ text: String, _ isBest: Bool) -> String) -> [String] {
    let values = Metric.allCases.map { metric -> String in
      guard let statistics = metric.statistics(of: row.cell) else {
        return mark(NumberText.none, false)
      }
      let digits = digits[metric] ?? 0
      var text = metric.text(statistics.mean, digits: digits)
      if let deviation = statistics.standardDeviation {
        text += " ± " + NumberText.fixed(deviation, digits: digits)
      }
      return mark(text, row.best.contains(metric))
    }
    let cell = row.cell
    let seeds = "\(cell.finished)/\(cell.finished + cell.failed + cell.skipped + cell.stopped)"
    return [row.label] + values + (commonSeeds == nil ? [seeds] : [])
  }
}

extension StudyReport {
  private static let legend = "* best in its column; gap: train minus test accuracy"

  /// Aligned plain text for a terminal or a log; ends with a line break.
  public var text: String { text() }

  /// As above, without the reasons for which trials failed or were skipped that are in `said`: the same
  /// command has told them already.
  public func text(said: Set<String> = []) -> String {
    var blocks = tables.map { table in
      let rows = table.rows.map { row in
        table.fields(of: row) { text, isBest in text + (isBest ? "*" : " ") }
      }
      // The mark's column is part of each number's field, so heads get a blank for it.
      let heads = [table.heads[0]] + table.heads.dropFirst().map { $0 + " " }
      return "\(table.title) — test set, \(table.caption)\n" + alignedTable([heads] + rows)
    }
    if !blocks.isEmpty { blocks[blocks.count - 1] += Self.legend + "\n" }
    let shortfalls = shortfalls(said: said)
    if !shortfalls.isEmpty { blocks.append(shortfalls.map { $0 + "\n" }.joined()) }
    return blocks.map { $0 + "\n" }.joined() + summary + "\n"
  }

  /// The same as Markdown, the best values in bold; ends with a line break.
  public var markdown: String {
    var result = "# \(Self.escaped(name))\n"
    for table in tables {
      result += "\n## \(Self.escaped(table.title))\n\nTest set, \(table.caption).\n\n"
      let heads = table.heads
      result += "| " + heads.joined(separator: " | ") + " |\n"
      result += "|:---|" + String(repeating: "---:|", count: heads.count - 1) + "\n"
      for row in table.rows {
        let fields = table.fields(of: row) { text, isBest in isBest ? "**\(text)**" : text }
        let cells = [Self.escaped(fields[0])] + fields.dropFirst()
        result += "| " + cells.joined(separator: " | ") + " |\n"
      }
    }
    let shortfalls = shortfalls()
    if !shortfalls.isEmpty {
      result += "\n" + shortfalls.map { "- \(Self.escaped($0))\n" }.joined()
    }
    return result + "\n\(Self.escaped(summary))\n"
  }

  /// A text without what Markdown would read as its own signs; by scalars, as Markdown reads it.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.onOneLine.unicodeScalars {
      if #"\`*_[]<>#|&~"#.unicodeScalars.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }
}
