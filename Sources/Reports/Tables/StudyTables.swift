import Experiments

/// The report's comparison tables. Their ids are words; `ReportContent` makes names of them.
enum StudyTables {
  private typealias Column = ReportTable.Column

  static func scores(_ block: BlockComparison) -> ReportTable {
    let cells = block.cells
    let learned = cells.map { cell in
      cell.finished.flatMap { $0.epochs.last?.layers ?? [] }.flatMap(\.learned)
    }
    let parameters = learned.joined().map(\.parameter).unique(by: \.self)
    let measures = Measure.shown(in: .scores, where: cells.isMeasured)
    var columns = [Column("activation", "activation", cells.map(\.activation.shortDisplayLabel))]
    if block.hasSpread {
      columns.append(Column("seeds", "seeds", rank: nil, counts: cells.map(\.finished.count)))
    }
    columns += measures.map { measure in
      measure.column(measure.fields(cells.map { $0.statistics(measure) }))
    }
    columns += parameters.map { parameter in
      Column(
        parameter, "learned_\(parameter)", rank: nil,
        numbers: learned.map {
          LearnedValues(of: parameter, in: $0)?.field ?? ReportTable.Field(nil, NumberText.none)
        })
    }
    return ReportTable(
      id: "scores \(block.label)", title: "\(block.label): test set",
      note: ([block.hasSpread ? "Mean ± standard deviation over the seeds" : "One seed"]
        + measures.compactMap(\.explanation)
        + (parameters.isEmpty
          ? []
          : [
            "\(parameters.joined(separator: ", ")): learned, the mean over the layers and the range"
          ]))
        .map { $0 + "." }.joined(separator: " "),
      columns: columns)
  }

  /// Returns the subject's tests against each other activation, a table per measure that has one.
  static func pairings(_ analysis: StudyAnalysis) -> [ReportTable] {
    guard let subject = analysis.subject else { return [] }
    let measures = Measure.shown(in: .pairs, where: analysis.blocks.flatMap(\.cells).isMeasured)
    return measures.compactMap { measure in
      let rows = analysis.blocks.flatMap { block in
        (block.pairings[measure] ?? []).map { (block: block.label, pairing: $0) }
      }
      guard !rows.isEmpty else { return nil }
      let blocks = Column.blocks(rows.map(\.block), isOnly: analysis.blocks.count == 1)
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
        columns: [blocks] + columns(rows.map(\.pairing)))
    }
  }

  private static func columns(_ pairings: [BlockComparison.Pairing]) -> [Column] {
    let comparisons = pairings.map(\.comparison)
    let signed = { (value: Double) in NumberText.signed(value, digits: 4) }
    func intervals(_ intervals: [Interval?], digits: Int) -> [String] {
      intervals.map { NumberText.interval($0, digits: digits) }
    }
    return [
      Column("against", "against", pairings.map(\.baseline.shortDisplayLabel)),
      Column("seeds", "seeds", rank: 1, counts: pairings.map(\.advantages.count)),
      Column(
        "mean difference", "difference", rank: 2,
        pairings.map { $0.comparison?.mean ?? $0.advantages.first }, signed),
      Column("estimate", "estimate", pairings.map(\.estimate), signed),
      Column("95 % interval", "interval", intervals(pairings.map(\.interval), digits: 4)),
      Column(
        "BCa bootstrap", "bootstrap_interval", rank: nil,
        intervals(comparisons.map { $0?.bootstrapInterval }, digits: 4)),
      Column("effect size", "effect_size", rank: nil, comparisons.map { $0?.effectSize }) {
        NumberText.signed($0, digits: 2)
      },
      Column(
        "its interval", "effect_interval", rank: nil,
        intervals(comparisons.map { $0?.effectSizeInterval }, digits: 2)),
      Column(
        "p Wilcoxon", "p_wilcoxon", rank: nil,
        comparisons.map { $0?.hasSpread == true ? $0?.wilcoxonPValue : nil }, NumberText.p),
      Column("p paired t", "p_t", rank: nil, comparisons.map { $0?.tPValue }, NumberText.p),
      Column("p adjusted", "p_adjusted", pairings.map(\.adjustedPValue), NumberText.p),
      Column("seeds needed", "seeds_needed", rank: nil, counts: pairings.map(\.seedsNeeded)),
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
        Column(
          "activation", "activation", order.map { ranking.activations[$0].shortDisplayLabel }),
        Column("mean rank", "mean_rank", order.map { test.meanRanks[$0] }) {
          NumberText.fixed($0, digits: 2)
        },
      ])
  }

  /// Returns the pairs of classes that the subject confuses most, block by block.
  static func confusions(_ analysis: StudyAnalysis, top: Int = 5) -> ReportTable {
    let rows = analysis.blocks.flatMap { block in
      block.own.flatMap(ConfusionTotal.init).map { total in
        total.mostConfused(top).map { (block: block.label, names: total.classNames, pair: $0) }
      } ?? []
    }
    return ReportTable(
      id: "confusions",
      title: "What \(analysis.subject?.shortDisplayLabel ?? "it") confuses most",
      note: (OneSeed.isAll(of: analysis) ? "The" : "Test samples of all seeds together; the")
        + " share is that of the true class.",
      columns: [
        Column.blocks(rows.map(\.block), isOnly: analysis.blocks.count == 1),
        Column("true class", "true_class", rows.map { $0.names[$0.pair.truth] }),
        Column("taken for", "predicted_class", rows.map { $0.names[$0.pair.predicted] }),
        Column("samples", "samples", counts: rows.map(\.pair.count)),
        Column("share", "share", rows.map(\.pair.share), NumberText.percent),
      ])
  }

  static func trials(_ results: StudyResults) -> ReportTable {
    let summaries = results.trials.map(\.summary)
    let measures = Measure.shown(in: .trials) { measure in
      results.trials.contains { measure.value(of: $0) != nil }
    }
    let names = [
      Column("activation", "activation", summaries.map(\.activationSpec.shortDisplayLabel)),
      Column("data set", "dataset", summaries.map(\.dataset)),
      Column("network", "architecture", rank: 1, summaries.map(\.architectureParameters.label)),
      Column("seed", "seed", counts: summaries.map(\.seed)),
    ]
    let endings =
      [
        Column("ended", "status", rank: nil, summaries.map(\.status.rawValue)),
        Column("epochs", "epochs", rank: nil, counts: results.trials.map(\.epochs.count)),
      ]
      + measures.map { measure in
        measure.column(measure.fields(results.trials.map { measure.value(of: $0) }))
      } + [Column("reason", "reason", rank: nil, summaries.map { $0.reason ?? "" })]
    let settings = Column.settings(of: summaries.map { Block($0) }, besides: names + endings)
    return ReportTable(id: "trials", title: "Trials", columns: names + settings + endings)
  }
}
