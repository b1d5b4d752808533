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

  /// A line for each reason for which trials failed or were skipped: how many, which, and why.
  /// - Parameter said: reasons that the same command has told already; they aren't told again.
  package func shortfalls(said: Set<String> = []) -> [String] {
    struct Cause: Hashable {
      var dataset: String?
      var reason: String?
    }
    func lines(
      _ trials: [TrialSummary], by dataset: (TrialSummary) -> String?,
      _ text: (_ cause: Cause, _ trials: [TrialSummary]) -> String
    ) -> [String] {
      var order: [Cause] = []
      var members: [Cause: [TrialSummary]] = [:]
      for trial in trials {
        let cause = Cause(dataset: dataset(trial), reason: trial.reason)
        if members[cause] == nil { order.append(cause) }
        members[cause, default: []].append(trial)
      }
      return order.map { cause in
        let why =
          cause.reason.map { said.contains($0) ? ", for the reason given above" : ": \($0)" }
          ?? ": no reason was recorded"
        return (text(cause, members[cause] ?? []) + why).onOneLine
      }
    }
    return lines(failed, by: { _ in nil }) { _, trials in "failed: \(Self.names(of: trials))" }
      + lines(skipped, by: \.dataset) { cause, trials in
        "skipped: \(Self.counted(trials)) on \(cause.dataset ?? "")"
      }
  }

  private static func counted(_ trials: [TrialSummary]) -> String {
    "\(trials.count) \(trials.count == 1 ? "trial" : "trials")"
  }

  /// More names than these make a line that nobody reads.
  private static let mostNames = 5

  /// `relu mnist ffnn seed 1`, or `3 trials (relu mnist ffnn seed 1, …)`.
  private static func names(of trials: [TrialSummary]) -> String {
    guard trials.count > 1 else { return trials.map(name).joined() }
    let more = trials.count - mostNames
    let list = trials.prefix(mostNames).map(name) + (more > 0 ? ["and \(more) more"] : [])
    return "\(counted(trials)) (\(list.joined(separator: ", ")))"
  }

  /// A trial in one line, with the settings that the config's names leave open.
  private static func name(of trial: TrialSummary) -> String {
    [
      trial.activationSpec.label, trial.dataset, trial.architectureParameters.label,
      "seed \(trial.seed)",
    ].joined(separator: " ")
  }
}
