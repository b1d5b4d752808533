import Experiments
import Support

/// What came out of a study: a table for each data set and architecture, the trials that gave
/// nothing and why, and which activation did best where. Rendered as plain text, Markdown or JSON.
public struct StudyReport: Sendable {
  /// The study's name.
  public let name: String
  /// One table for each data set and architecture, in the study's order.
  public let tables: [ComparisonTable]
  /// Trials that failed, in the study's order.
  public let failed: [TrialSummary]
  /// Trials that were skipped, in the study's order.
  public let skipped: [TrialSummary]

  /// The report of a study.
  /// - Parameters:
  ///   - name: the study's name.
  ///   - trials: its trials in the order of the config; of one that comes up several times, as after
  ///     a second try, the last one counts.
  public init(name: String, trials: [TrialSummary]) {
    self.name = name
    var last: [String: TrialSummary] = [:]
    for trial in trials { last[trial.id] = trial }
    let counted = trials.compactMap { last.removeValue(forKey: $0.id) }
    failed = counted.filter { $0.status == .failed }
    skipped = counted.filter { $0.status == .skipped }

    struct Place: Hashable {
      var dataset: String
      var architecture: ArchitectureSpec
    }
    var order: [Place] = []
    var members: [Place: [CellSummary]] = [:]
    for cell in CellSummary.cells(of: counted) {
      let place = Place(dataset: cell.dataset, architecture: cell.architecture)
      if members[place] == nil { order.append(place) }
      members[place, default: []].append(cell)
    }
    tables = order.compactMap { members[$0].map(ComparisonTable.init) }
  }

  /// The best of each table in one line: `Best accuracy: mnist × ffnn GELU 0.9841; …`.
  public var summary: String {
    let parts = tables.compactMap { table in
      table.winners.map { winners in
        let names = winners.labels.joined(separator: " = ")
        return "\(table.title) \(names) \(NumberText.fixed(winners.accuracy, digits: 4))"
      }
    }
    return parts.isEmpty
      ? "No trial finished." : "Best accuracy: \(parts.joined(separator: "; "))"
  }

  /// A line for each trial that failed and each group that was skipped for the same reason.
  package var shortfalls: [String] {
    let failures = failed.map { trial in
      "failed: \(Self.name(of: trial)): \(trial.reason ?? "no reason was recorded")".onOneLine
    }
    struct Cause: Hashable {
      var dataset: String
      var reason: String
    }
    var order: [Cause] = []
    var counts: [Cause: Int] = [:]
    for trial in skipped {
      let cause = Cause(
        dataset: trial.dataset, reason: trial.reason ?? "no reason was recorded")
      if counts[cause] == nil { order.append(cause) }
      counts[cause, default: 0] += 1
    }
    let skips = order.map { cause in
      let count = counts[cause] ?? 0
      let trials = count == 1 ? "trial" : "trials"
      return "skipped: \(count) \(trials) on \(cause.dataset): \(cause.reason)".onOneLine
    }
    return failures + skips
  }

  /// A trial in one line, with the settings that the config's names leave open.
  private static func name(of trial: TrialSummary) -> String {
    [
      trial.activationSpec.label, trial.dataset, trial.architectureParameters.label,
      "seed \(trial.seed)",
    ].joined(separator: " ")
  }
}
