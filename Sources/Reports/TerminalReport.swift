import Experiments
import Support

/// The report as text for a terminal: answer, claims, tables and curves.
package struct TerminalReport {
  private let study: ReportedStudy
  private let columns: Int

  package init(_ study: ReportedStudy, columns: Int) {
    self.study = study
    self.columns = max(40, columns)
  }

  /// The text; ends with a line break.
  package var text: String {
    let content = ReportContent(study)
    var blocks = [study.name.onOneLine]
    if !study.isComplete { blocks.append(wrapped(study.standing)) }
    blocks.append(answer(content.answer))
    blocks += content.notes.map { wrapped($0) }
    if !content.shownClaims.isEmpty { blocks.append(text(of: content.shownClaims)) }
    blocks += content.tables.map { "\($0.title.onOneLine)\n\($0.text)" }
    if !content.isCondensed {
      blocks += study.analysis.blocks.filter { $0.lastEpoch ?? 0 > 1 }.map(curves)
    }
    blocks.append(Remarks.of(study.analysis).map { wrapped($0) }.joined(separator: "\n"))
    return blocks.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  private func answer(_ sentences: [String]) -> String {
    let (shown, folded) = ReportPage.folded(sentences)
    let rest = folded.isEmpty ? [] : ["\(folded.count) more sentences are on the page."]
    return (shown + rest).map { wrapped($0) }.joined(separator: "\n")
  }

  private func text(of claims: [Claim]) -> String {
    claims.map { claim in
      let head = "\(claim.verdict.title.uppercased()): \(claim.text)"
      guard !claim.evidence.isEmpty else {
        return wrapped("\(head) (not part of this study)", indent: "  ")
      }
      let shown = claim.evidence.prefix(ReportContent.mostBlocks)
      var lines = shown.map { wrapped("\($0.block): \($0.text)", indent: "    ") }
      let rest = claim.evidence.count - shown.count
      if rest > 0 { lines.append("    \(rest) more blocks are on the page") }
      return ([wrapped(head, indent: "  ")] + lines).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Returns mean test loss over the epochs, a line per activation.
  private func curves(_ block: BlockComparison) -> String {
    let names = block.cells.map(\.activation.shortDisplayLabel)
    let width = names.map(\.columns).max() ?? 0
    let lines = zip(names, block.cells).compactMap { name, cell -> String? in
      let losses = cell.curve(\.testLoss).compactMap { $0?.mean }
      guard let first = losses.first, let last = losses.last else { return nil }
      let room = max(8, min(60, columns - width - 24))
      return name.onOneLine.padded(to: width) + "  "
        + Sparkline.text(losses.map(Optional.some), columns: room) + "  "
        + NumberText.fixed(first, digits: 4) + " → " + NumberText.fixed(last, digits: 4)
    }
    return "\(block.label.onOneLine): mean test loss by epoch\n" + lines.joined(separator: "\n")
  }

  private func wrapped(_ text: String, indent: String = "") -> String {
    var lines: [String] = []
    var line = indent
    for word in text.onOneLine.split(separator: " ") {
      let isFirst = line == indent
      if !isFirst, line.columns + 1 + String(word).columns > columns {
        lines.append(line)
        line = indent + word
      } else {
        line += (isFirst ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}

/// A curve on one line.
package enum Sparkline {
  private static let steps = Array("▁▂▃▄▅▆▇█")

  /// Returns a block per value, or per run of values where they exceed the columns; the smallest
  /// value is the lowest block.
  package static func text(_ values: [Double?], columns: Int) -> String {
    let shown = thinned(values, to: columns)
    let finite = shown.compactMap { $0 }.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else {
      return String(repeating: " ", count: shown.count)
    }
    return String(
      shown.map { value in
        guard let value, value.isFinite else { return " " }
        guard high > low else { return steps[0] }
        // Halved, since the whole range may overflow.
        let share = (value / 2 - low / 2) / (high / 2 - low / 2)
        return steps[min(steps.count - 1, Int(share * Double(steps.count)))]
      })
  }

  private static func thinned(_ values: [Double?], to columns: Int) -> [Double?] {
    guard values.count > columns, columns > 0 else { return values }
    return (0..<columns).map { column in
      let range = column * values.count / columns..<(column + 1) * values.count / columns
      let run = values[range].compactMap { $0 }
      return run.isEmpty ? nil : run.reduce(0, +) / Double(run.count)
    }
  }
}
