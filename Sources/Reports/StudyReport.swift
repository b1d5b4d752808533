import Experiments
import Support

/// A study's results as means: a table per data set and network, the trials without a result and
/// why, and the most accurate activation of each table. It needs no comparison, so that a study's
/// command can end with it.
package struct StudyReport {
  private let name: String
  /// A table for each data set and network, in the study's order.
  let tables: [MeansTable]
  let failed: [TrialSummary]
  let skipped: [TrialSummary]
  private let names: TrialNames

  package init(_ results: StudyResults) {
    name = results.name
    tables = results.groups.map(MeansTable.init)
    let trials = results.trials.map(\.summary)
    failed = trials.filter { $0.status == .failed }
    skipped = trials.filter { $0.status == .skipped }
    names = TrialNames(trials.lazy.map { Block($0) })
  }

  /// Returns aligned plain text for a terminal or a log; ends with a line break. Reasons for failed or
  /// skipped trials in `said` aren't repeated.
  package func text(said: Set<String> = []) -> String {
    var blocks = tables.map(\.table).map { "\($0.title) — \($0.note)\n\($0.text)" }
    if !blocks.isEmpty { blocks[blocks.count - 1] += legend + "\n" }
    let shortfalls = shortfalls(said: said)
    if !shortfalls.isEmpty { blocks.append(shortfalls.map { $0 + "\n" }.joined()) }
    return blocks.map { $0 + "\n" }.joined() + summary + "\n"
  }

  /// The report as Markdown, the best values in bold; ends with a line break.
  package var markdown: String {
    var result = "# \(Markdown.escaped(name))\n"
    for table in tables.map(\.table) {
      result +=
        "\n## \(Markdown.escaped(table.title))\n\n\(table.note.capitalisedFirst).\n\n\(table.markdown)"
    }
    let shortfalls = shortfalls()
    if !shortfalls.isEmpty {
      result += "\n" + shortfalls.map { "- \(Markdown.escaped($0))\n" }.joined()
    }
    return result + "\n\(Markdown.escaped(summary))\n"
  }

  private var legend: String {
    let shown = Set(tables.flatMap(\.measures))
    let symbols = Measure.all.filter(shown.contains).compactMap { measure in
      measure.definition.map { "; \(measure.symbol): \($0)" }
    }
    return "* best in its column" + symbols.joined()
  }

  /// The best of each table in one line: `Best accuracy: mnist × ffnn GELU 0.9841; …`.
  private var summary: String {
    let parts = tables.compactMap { table in
      table.winners.map { winners in
        let names = winners.labels.joined(separator: " = ")
        return "\(table.group.label.onOneLine) \(names) "
          + NumberText.fixed(winners.accuracy, digits: 4)
      }
    }
    return parts.isEmpty
      ? "No trial finished." : "Best accuracy: \(parts.joined(separator: "; "))"
  }

  /// Returns a line per reason for failed or skipped trials; reasons in `said` aren't repeated.
  package func shortfalls(said: Set<String> = []) -> [String] {
    func why(_ trials: [TrialSummary]) -> String {
      guard let reason = trials[0].reason else { return ": no reason was recorded" }
      return said.contains(reason) ? ", for the reason given above" : ": \(reason)"
    }
    let failures = failed.grouped { $0.reason }.map { _, trials in
      "failed: \(list(trials))" + why(trials)
    }
    let skips = skipped.grouped { [$0.dataset, $0.reason] }.map { _, trials in
      "skipped: \(Self.counted(trials)) on \(trials[0].dataset)" + why(trials)
    }
    return (failures + skips).map(\.onOneLine)
  }

  private static func counted(_ trials: [TrialSummary]) -> String {
    "\(trials.count) \(trials.count == 1 ? "trial" : "trials")"
  }

  /// Longer lists of names aren't read.
  private static let mostNames = 5

  /// Returns `relu mnist ffnn seed 1`, or `3 trials (relu mnist ffnn seed 1, …)`.
  private func list(_ trials: [TrialSummary]) -> String {
    guard trials.count > 1 else { return trials.map(names.label).joined() }
    let more = trials.count - Self.mostNames
    let list =
      trials.prefix(Self.mostNames).map(names.label) + (more > 0 ? ["and \(more) more"] : [])
    return "\(Self.counted(trials)) (\(list.joined(separator: ", ")))"
  }
}
