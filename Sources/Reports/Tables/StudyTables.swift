import Experiments

/// The report's comparison tables. Their ids are words; `ReportContent` makes names of them.
enum StudyTables {
  static func scores(_ block: BlockComparison) -> ReportTable {
    let slopes = block.cells.map(LearnedSlopes.of)
    let hasSlopes = slopes.contains { $0 != nil }
    let measures = Measure.shown(in: .scores, where: block.cells.isMeasured)
    let fields = measures.map { measure in
      measure.fields(block.cells.map { $0.statistics(measure) })
    }
    let seeds = block.hasSpread ? [ReportTable.Column("seeds", "seeds", rank: nil)] : []
    let rows = block.cells.enumerated().map { index, cell in
      let count = cell.finished.count
      return [ReportTable.Field(cell.activation.shortDisplayLabel)]
        + seeds.map { _ in ReportTable.Field(Double(count), String(count)) }
        + fields.map { $0[index] } + (hasSlopes ? [LearnedSlopes.field(slopes[index])] : [])
    }
    return ReportTable(
      id: "scores \(block.label)", title: "\(block.label): test set",
      note: ([block.hasSpread ? "Mean ± standard deviation over the seeds" : "One seed"]
        + measures.compactMap(\.explanation)
        + (hasSlopes ? ["slopes: learned ones, the mean over the layers and their range"] : []))
        .map { $0 + "." }.joined(separator: " "),
      columns: [ReportTable.Column("activation", "activation", isNumeric: false)]
        + seeds + measures.map(\.column)
        + (hasSlopes ? [ReportTable.Column("slopes", "learned_slope", rank: nil)] : []), rows: rows)
  }

  /// Returns the subject's tests against each other activation, a table per measure that has one.
  static func pairings(_ analysis: StudyAnalysis) -> [ReportTable] {
    guard let subject = analysis.subject else { return [] }
    let measures = Measure.shown(in: .pairs, where: analysis.blocks.flatMap(\.cells).isMeasured)
    return measures.compactMap { measure in
      let rows = analysis.blocks.flatMap { block in
        (block.pairings[measure] ?? []).map { row($0, block: block.label) }
      }
      guard !rows.isEmpty else { return nil }
      return ReportTable(
        id: "pairs \(measure.key)",
        title: "\(subject.shortDisplayLabel) against each other activation: \(measure.title)",
        note:
          "Differences seed by seed. Estimate, 95 % interval and the p that is adjusted after Holm "
          + "within each block belong together: the estimate of Hodges and Lehmann with Wilcoxon's "
          + "signed-rank test, exact; where each seed draws its own split, the mean with the t test "
          + "corrected after Nadeau and Bengio. Differences without spread have neither interval nor "
          + "p. Where the seeds are too few for any result to decide, no interval is given. Seeds "
          + "needed: how many would show such a difference with a chance of 80 %; none where no number "
          + "would.",
        columns: pairingColumns(blocks: analysis.blocks.count), rows: rows)
    }
  }

  private static func pairingColumns(blocks: Int) -> [ReportTable.Column] {
    [
      // In print the only block is in the table's caption.
      ReportTable.Column("block", "block", isNumeric: false, rank: blocks == 1 ? nil : 0),
      ReportTable.Column("against", "against", isNumeric: false),
      ReportTable.Column("seeds", "seeds", rank: 1),
      ReportTable.Column("mean difference", "difference", rank: 2),
      ReportTable.Column("estimate", "estimate"),
      ReportTable.Column("95 % interval", "interval", isNumeric: false),
      ReportTable.Column("BCa bootstrap", "bootstrap_interval", isNumeric: false, rank: nil),
      ReportTable.Column("effect size", "effect_size", rank: nil),
      ReportTable.Column("its interval", "effect_interval", isNumeric: false, rank: nil),
      ReportTable.Column("p Wilcoxon", "p_wilcoxon", rank: nil),
      ReportTable.Column("p paired t", "p_t", rank: nil),
      ReportTable.Column("p adjusted", "p_adjusted"),
      ReportTable.Column("seeds needed", "seeds_needed", rank: nil),
    ]
  }

  private static func row(_ pairing: BlockComparison.Pairing, block: String)
    -> [ReportTable.Field]
  {
    typealias Field = ReportTable.Field
    let comparison = pairing.comparison
    func p(_ value: Double?) -> Field { Field(value, value.map(NumberText.p) ?? NumberText.none) }
    let needed = pairing.seedsNeeded
    return [
      Field(block), Field(pairing.baseline.shortDisplayLabel),
      Field(Double(pairing.advantages.count), String(pairing.advantages.count)),
      Field(
        comparison?.mean ?? pairing.advantages.first,
        (comparison?.mean ?? pairing.advantages.first)
          .map { NumberText.signed($0, digits: 4) } ?? NumberText.none),
      Field(
        pairing.estimate,
        pairing.estimate.map { NumberText.signed($0, digits: 4) } ?? NumberText.none),
      Field(NumberText.interval(pairing.interval, digits: 4)),
      Field(NumberText.interval(comparison?.bootstrapInterval, digits: 4)),
      Field(
        comparison?.effectSize,
        comparison?.effectSize.map { NumberText.signed($0, digits: 2) } ?? NumberText.none),
      Field(NumberText.interval(comparison?.effectSizeInterval, digits: 2)),
      p(comparison.flatMap { $0.hasSpread ? $0.wilcoxonPValue : nil }), p(comparison?.tPValue),
      p(pairing.adjustedPValue),
      Field(needed.map(Double.init), needed.map(String.init) ?? NumberText.none),
    ]
  }

  static func ranks(_ ranking: StudyAnalysis.Ranking) -> ReportTable {
    let test = ranking.test
    let order = ranking.activations.indices.sorted { test.meanRanks[$0] < test.meanRanks[$1] }
    let caution =
      test.isLargeEnough
      ? "" : " So few blocks tell little: the p of the permutations is the one to go by."
    return ReportTable(
      id: "ranks", title: "Mean rank by test accuracy over \(test.blocks) blocks",
      note: "Friedman's test: χ² = \(NumberText.fixed(test.statistic, digits: 2)), "
        + "p = \(NumberText.p(test.pValue)), by permutations \(NumberText.p(test.permutationPValue)). "
        + "Nemenyi's critical difference at 0.05: "
        + "\(NumberText.fixed(test.criticalDifference, digits: 2)).\(caution)",
      columns: [
        ReportTable.Column("activation", "activation", isNumeric: false),
        ReportTable.Column("mean rank", "mean_rank"),
      ],
      rows: order.map { index in
        [
          ReportTable.Field(ranking.activations[index].shortDisplayLabel),
          ReportTable.Field(
            test.meanRanks[index], NumberText.fixed(test.meanRanks[index], digits: 2)),
        ]
      })
  }

  /// Returns the pairs of classes that the subject confuses most, block by block.
  static func confusions(_ analysis: StudyAnalysis, top: Int = 5) -> ReportTable {
    let rows = analysis.blocks.flatMap { block -> [[ReportTable.Field]] in
      guard let own = block.own, let total = ConfusionTotal(own)
      else { return [] }
      return total.mostConfused(top).map { pair in
        [
          ReportTable.Field(block.label), ReportTable.Field(total.classNames[pair.truth]),
          ReportTable.Field(total.classNames[pair.predicted]),
          ReportTable.Field(Double(pair.count), String(pair.count)),
          ReportTable.Field(pair.share, NumberText.percent(pair.share)),
        ]
      }
    }
    return ReportTable(
      id: "confusions",
      title: "What \(analysis.subject?.shortDisplayLabel ?? "it") confuses most",
      note: (OneSeed.isAll(of: analysis) ? "The" : "Test samples of all seeds together; the")
        + " share is that of the true class.",
      columns: [
        ReportTable.Column(
          "block", "block", isNumeric: false, rank: analysis.blocks.count == 1 ? nil : 0),
        ReportTable.Column("true class", "true_class", isNumeric: false),
        ReportTable.Column("taken for", "predicted_class", isNumeric: false),
        ReportTable.Column("samples", "samples"), ReportTable.Column("share", "share"),
      ], rows: rows)
  }

  /// Returns every ended trial.
  static func trials(_ results: StudyResults) -> ReportTable {
    let measures = Measure.shown(in: .trials) { measure in
      results.trials.contains { measure.value(of: $0) != nil }
    }
    let fields = measures.map { measure in
      measure.fields(results.trials.map { measure.value(of: $0) })
    }
    return ReportTable(
      id: "trials", title: "Trials",
      columns: [
        ReportTable.Column("activation", "activation", isNumeric: false),
        ReportTable.Column("data set", "dataset", isNumeric: false),
        ReportTable.Column("network", "architecture", isNumeric: false, rank: 1),
        ReportTable.Column("seed", "seed"), ReportTable.Column("rate", "learning_rate", rank: nil),
        ReportTable.Column("batch", "batch_size", rank: nil),
        ReportTable.Column("ended", "status", isNumeric: false, rank: nil),
        ReportTable.Column("epochs", "epochs", rank: nil),
      ] + measures.map(\.column) + [
        ReportTable.Column("reason", "reason", isNumeric: false, rank: nil)
      ],
      rows: results.trials.enumerated().map { index, trial in
        settings(trial) + fields.map { $0[index] } + [ReportTable.Field(trial.summary.reason ?? "")]
      })
  }

  private static func settings(_ trial: StudyResults.TrialResult) -> [ReportTable.Field] {
    typealias Field = ReportTable.Field
    let summary = trial.summary
    return [
      Field(summary.activationSpec.shortDisplayLabel), Field(summary.dataset),
      Field(summary.architectureParameters.label),
      Field(Double(summary.seed), String(summary.seed)),
      Field(summary.training.learningRate, NumberText.setting(summary.training.learningRate)),
      Field(Double(summary.training.batchSize), String(summary.training.batchSize)),
      Field(summary.status.rawValue), Field(Double(trial.epochs.count), String(trial.epochs.count)),
    ]
  }
}
