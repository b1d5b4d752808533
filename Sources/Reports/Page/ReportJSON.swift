import Experiments
import Support

/// A study's report for scripts: `report.json`, also printed by `srelu report --json`. The article
/// *Report-JSON* describes every key, and a test verifies that.
public enum ReportJSON {
  /// Increased when a key is removed or changes its meaning; new keys don't change it.
  public static let schema = 1

  /// Returns the document, one object with sorted keys; ends with a line break.
  public static func text(_ study: ReportedStudy) throws -> String {
    try text(ReportContent(study))
  }

  static func text(_ content: ReportContent) throws -> String {
    try JSON.text(Document(content), .pretty).printableJSON + "\n"
  }

  /// Encodes a missing value as `null`, so that its key is always present.
  private struct Nullable<Wrapped: Encodable>: Encodable {
    let value: Wrapped?

    init(_ value: Wrapped?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value { try container.encode(value) } else { try container.encodeNil() }
    }
  }

  private struct Document: Encodable {
    let schema = ReportJSON.schema
    let study: String
    let complete: Bool
    let subject: Nullable<String>
    let measures: [MeasureValue]
    let answer: [String]
    let claims: [Claim]
    let pairings: [Pairing]
    let ranking: Nullable<Ranking>
    let tables: [Table]
    let winners: [Winner]
    let failed: [TrialSummary]
    let skipped: [TrialSummary]

    init(_ content: ReportContent) {
      let analysis = content.study.analysis
      study = content.study.name
      complete = content.study.isComplete
      subject = Nullable(analysis.subject?.label)
      measures = Measure.all.map(MeasureValue.init)
      answer = content.answer
      claims = content.claims
      pairings = analysis.blocks.flatMap { block in
        Measure.shown(in: .tests, where: block.cells.isMeasured).flatMap { measure in
          (block.pairings[measure] ?? []).map { Pairing($0, block: block.label) }
        }
      }
      ranking = Nullable(
        analysis.ranking.map {
          Ranking(activations: $0.activations.map(\.label), test: $0.test)
        })
      let means = StudyReport(analysis.results)
      tables = means.tables.map(Table.init)
      winners = means.tables.compactMap(Winner.init)
      failed = means.failed
      skipped = means.skipped
    }
  }

  private struct MeasureValue: Encodable {
    let key: String
    let title: String
    let larger_is_better: Bool

    init(_ measure: Measure) {
      key = measure.key
      title = measure.title
      larger_is_better = measure.isLargerBetter
    }
  }

  private struct Pairing: Encodable {
    let block: String
    let against: String
    let measure: Measure
    let test: String
    let p: Nullable<Double>
    let adjusted_p: Nullable<Double>
    let smallest_p: Double
    let comparison: PairedComparison?
    let estimate: Nullable<Double>
    let interval: Nullable<Interval>
    let direction: Int
    let obstacle: Nullable<String>
    let advantages: [Double]

    init(_ pairing: BlockComparison.Pairing, block: String) {
      self.block = block
      against = pairing.baseline.label
      measure = pairing.measure
      test = pairing.test
      p = Nullable(pairing.pValue)
      adjusted_p = Nullable(pairing.adjustedPValue)
      smallest_p = pairing.smallestPValue
      comparison = pairing.comparison
      estimate = Nullable(pairing.estimate)
      interval = Nullable(pairing.interval)
      direction = pairing.result.direction
      obstacle = Nullable(pairing.result.obstacle)
      advantages = pairing.advantages
    }
  }

  private struct Ranking: Encodable {
    let activations: [String]
    let test: FriedmanTest
  }

  private struct Table: Encodable {
    let dataset: String
    let architecture: String
    let architecture_parameters: ArchitectureSpec
    let cells: [CellValue]

    init(_ table: MeansTable) {
      dataset = table.group.dataset
      architecture = table.group.architecture.kind.rawValue
      architecture_parameters = table.group.architecture
      cells = table.group.cells.indices.map { CellValue(table, $0) }
    }
  }

  private struct CellValue: Encodable {
    let settings: Settings
    let cell: Cell

    struct Settings: Encodable {
      let id: String
      let label: String
      let activation: String
      let activation_parameters: [String: Double]
      let learning_rate: Double
      let batch_size: Int
      let epochs: Int
      let number_format: NumberFormat
      let finished: Int
      let failed: Int
      let skipped: Int
      let stopped: Int
      let best: [Measure]
    }

    init(_ table: MeansTable, _ index: Int) {
      cell = table.group.cells[index]
      settings = Settings(
        id: cell.trials.first?.summary.cellID ?? "", label: table.labels[index],
        activation: cell.activation.name, activation_parameters: cell.activation.parameters,
        learning_rate: cell.block.training.learningRate, batch_size: cell.block.training.batchSize,
        epochs: cell.block.training.epochs, number_format: cell.block.training.precision,
        finished: cell.finished.count, failed: cell.count(.failed), skipped: cell.count(.skipped),
        stopped: cell.count(.stopped), best: table.best(index))
    }

    struct MeasureKey: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    /// Adds to the settings a key for each measure that finished trials have.
    func encode(to encoder: any Encoder) throws {
      try settings.encode(to: encoder)
      var measures = encoder.container(keyedBy: MeasureKey.self)
      for measure in Measure.all {
        try measures.encodeIfPresent(
          cell.statistics(measure), forKey: MeasureKey(stringValue: measure.key))
      }
    }
  }

  private struct Winner: Encodable {
    let dataset: String
    let architecture: String
    let labels: [String]
    let accuracy: Double

    init?(_ table: MeansTable) {
      guard let winners = table.winners else { return nil }
      dataset = table.group.dataset
      architecture = table.group.architecture.label
      labels = winners.labels
      accuracy = winners.accuracy
    }
  }
}
