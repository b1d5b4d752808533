import Experiments
import Support

/// What came out of a study, in means: a table for each data set and network, the trials that gave nothing and
/// why, and which activation was the most accurate where. It takes no comparison, so that a study's command
/// can end with it.
public struct StudyReport {
  private let name: String
  /// A table for each data set and network, in the study's order.
  let tables: [MeansTable]
  /// Trials that failed, in the study's order.
  let failed: [TrialSummary]
  /// Trials that were skipped, in the study's order.
  let skipped: [TrialSummary]

  /// The report of a study.
  public init(_ results: StudyResults) {
    name = results.name
    tables = results.groups.map(MeansTable.init)
    let trials = results.trials.map(\.summary)
    failed = trials.filter { $0.status == .failed }
    skipped = trials.filter { $0.status == .skipped }
  }

  /// Aligned plain text for a terminal or a log; ends with a line break.
  public var text: String {
    var blocks = tables.map(\.table).map { "\($0.title) — \($0.note)\n\($0.text)" }
    if !blocks.isEmpty { blocks[blocks.count - 1] += legend + "\n" }
    if !shortfalls.isEmpty { blocks.append(shortfalls.map { $0 + "\n" }.joined()) }
    return blocks.map { $0 + "\n" }.joined() + summary + "\n"
  }

  /// The same as Markdown, the best values in bold; ends with a line break.
  public var markdown: String {
    var result = "# \(Markdown.escaped(name))\n"
    for table in tables.map(\.table) {
      let note = table.note.prefix(1).uppercased() + table.note.dropFirst()
      result += "\n## \(Markdown.escaped(table.title))\n\n\(note).\n\n\(table.markdown)"
    }
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

  /// A line for each trial that failed and each group that was skipped for the same reason.
  package var shortfalls: [String] {
    let failures = failed.map { trial in
      "failed: \(Self.name(of: trial)): \(trial.reason ?? Self.noReason)".onOneLine
    }
    struct Cause: Hashable {
      var dataset: String
      var reason: String
    }
    let causes = skipped.grouped {
      Cause(dataset: $0.dataset, reason: $0.reason ?? Self.noReason)
    }
    let skips = causes.map { cause, trials in
      let noun = trials.count == 1 ? "trial" : "trials"
      return "skipped: \(trials.count) \(noun) on \(cause.dataset): \(cause.reason)".onOneLine
    }
    return failures + skips
  }

  private static let noReason = "no reason was recorded"

  /// A trial in one line, with the settings that the config's names leave open.
  private static func name(of trial: TrialSummary) -> String {
    [
      trial.activationSpec.label, trial.dataset, trial.architectureParameters.label,
      "seed \(trial.seed)",
    ].joined(separator: " ")
  }
}
