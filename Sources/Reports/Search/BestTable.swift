import Experiments

/// The best configurations of a data set and network, for studies with too many to show each.
enum BestTable {
  static let count = 10

  static func table(_ group: ConfigurationGroup, by objective: SearchSpec.Objective) -> ReportTable?
  {
    let best = group.ranked.prefix(count)
    guard !best.isEmpty else { return nil }
    return ReportTable(
      id: "best \(group.label)",
      title: "\(group.label): the best \(best.count) of "
        + "\(group.configurations.count) configurations by \(objective.title)",
      note:
        "Means over the seeds after the last epoch that each trial reached; failed trials are left "
        + "out. What is the best of many, on the very samples that it was picked by, flatters.",
      columns: [
        ReportTable.Column("activation", "activation", isNumeric: false),
        ReportTable.Column("rate", "learning_rate"),
        ReportTable.Column("batch", "batch_size", rank: 2),
        ReportTable.Column("epochs", "epochs", rank: 1),
        ReportTable.Column("seeds", "seeds", rank: 3),
        ReportTable.Column(objective.title, key(objective)),
        ReportTable.Column("accuracy", "accuracy"),
      ], rows: best.map(row))
  }

  private static func key(_ objective: SearchSpec.Objective) -> String {
    objective.title.replacing(" ", with: "_")
  }

  private static func row(_ configuration: Configuration) -> [ReportTable.Field] {
    typealias Field = ReportTable.Field
    let (epochs, block) = (configuration.epochs, configuration.block)
    let reached =
      epochs.lowerBound == epochs.upperBound
      ? "\(epochs.upperBound)" : "\(epochs.lowerBound) to \(epochs.upperBound)"
    return [
      Field(configuration.activation.shortDisplayLabel + configuration.others),
      Field(block.training.learningRate, NumberText.setting(block.training.learningRate)),
      Field(Double(block.training.batchSize), String(block.training.batchSize)),
      Field(Double(epochs.upperBound), "\(reached) of \(block.training.epochs)"),
      Field(Double(configuration.trials.count), String(configuration.trials.count)),
      Field(configuration.objective, NumberText.fixed(configuration.objective, digits: 4)),
      Field(configuration.accuracy, NumberText.fixed(configuration.accuracy, digits: 4)),
    ]
  }
}

enum SearchAnswer {
  static func sentences(
    _ groups: [ConfigurationGroup], results: StudyResults, by objective: SearchSpec.Objective,
    draws: SearchDraws? = nil
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
    let drawn = draws?.text.map { " " + $0.prefix(1).uppercased() + $0.dropFirst() + "." } ?? ""
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
