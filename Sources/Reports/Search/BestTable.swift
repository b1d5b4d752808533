import Experiments

/// The best configurations of a data set and network, for studies with too many to show each.
enum BestTable {
  static let count = 10

  static func table(_ group: ConfigurationGroup, by objective: SearchSpec.Objective) -> ReportTable?
  {
    typealias Column = ReportTable.Column
    let best = group.ranked.prefix(count)
    guard !best.isEmpty else { return nil }
    let fixed = { (value: Double) in NumberText.fixed(value, digits: 4) }
    return ReportTable(
      id: "best \(group.label)",
      title: "\(group.label): the best \(best.count) of "
        + "\(group.configurations.count) configurations by \(objective.title)",
      note:
        "Means over the seeds after the last epoch that each trial reached; failed trials are left "
        + "out. What is the best of many, on the very samples that it was picked by, flatters.",
      columns: [
        Column(
          "activation", "activation",
          best.map { $0.activation.shortDisplayLabel + $0.others }),
        Column(
          "rate", "learning_rate", best.map(\.block.training.learningRate), NumberText.setting),
        Column("batch", "batch_size", rank: 2, counts: best.map(\.block.training.batchSize)),
        Column("epochs", "epochs", rank: 1, numbers: best.map(epochs)),
        Column("seeds", "seeds", rank: 3, counts: best.map(\.trials.count)),
        Column(
          objective.title, objective.title.replacing(" ", with: "_"), best.map(\.objective), fixed),
        Column("accuracy", "accuracy", best.map(\.accuracy), fixed),
      ])
  }

  /// Returns `3 of 10`, or `1 to 3 of 10` where the trials differ.
  private static func epochs(_ configuration: Configuration) -> ReportTable.Field {
    let (least, most) = (configuration.epochs.lowerBound, configuration.epochs.upperBound)
    let reached = least == most ? "\(most)" : "\(least) to \(most)"
    return ReportTable.Field(
      Double(most), "\(reached) of \(configuration.block.training.epochs)")
  }
}

enum SearchAnswer {
  static func sentences(
    _ groups: [ConfigurationGroup], results: StudyResults, by objective: SearchSpec.Objective,
    draws: SearchDraws?
  ) -> [String] {
    let counts = [TrialState.finished, .stopped, .failed, .skipped].compactMap { status in
      let count = results.trials.count { $0.summary.status == status }
      return count == 0 ? nil : "\(count) \(status.rawValue)"
    }
    guard !counts.isEmpty else {
      return ["No trial has ended yet, so there is nothing to compare."]
    }
    let opening =
      "A search by \(objective.title): \(results.trials.count) of \(results.trialCount) trials "
      + "have ended (\(counts.joined(separator: ", ")))."
    let caution =
      "The best of many looks better than it is, because the samples that it is tested on picked it. "
      + "To compare it with the others, run it again with seeds that the search didn't use."
    let drawn = draws?.text.map { " \($0.capitalisedFirst)." } ?? ""
    return [opening + drawn]
      + groups.compactMap { sentence($0, by: objective) } + [caution]
  }

  private static func sentence(
    _ group: ConfigurationGroup, by objective: SearchSpec.Objective
  ) -> String? {
    let ranked = group.ranked
    guard let best = ranked.first else { return nil }
    func value(_ configuration: Configuration) -> String {
      NumberText.fixed(configuration.objective, digits: 4)
    }
    var text =
      "\(group.label): the best found is \(best.label), with a \(objective.title) of "
      + "\(value(best)) after \(best.epochs.upperBound) epochs and a test accuracy of "
      + NumberText.fixed(best.accuracy, digits: 4)
    var seen: Set = [best.activation.name]
    let others = ranked.filter { seen.insert($0.activation.name).inserted }
    if !others.isEmpty {
      let list = others.map { "\($0.activation.shortDisplayLabel) \(value($0))" }
      text += "; the best of each other activation: \(list.joined(separator: ", "))"
    }
    return text + "."
  }
}
