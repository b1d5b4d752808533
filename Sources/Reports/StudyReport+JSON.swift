import Experiments
import Foundation
import Support

extension StudyReport {
  /// The report as one JSON object with sorted keys; ends with a line break.
  ///
  /// `study`; `tables`, each with `dataset`, `architecture`, `architecture_parameters` and `cells`;
  /// a cell has its settings, its counts of trials, `best` (the metrics in which none is better) and
  /// for each metric `count`, `mean` and `standard_deviation` (left out for a single seed) — left out
  /// when no trial finished; `failed` and `skipped`, lists of trials as in `result.json`; `winners`.
  public func json() throws -> String {
    let value = ReportValue(
      study: name, tables: tables.map(ReportValue.Table.init), failed: failed, skipped: skipped,
      winners: tables.compactMap(ReportValue.Winner.init))
    return try JSON.text(value, .pretty).printableJSON + "\n"
  }
}

/// The shape of the JSON.
private struct ReportValue: Encodable {
  let study: String
  let tables: [Table]
  let failed: [TrialSummary]
  let skipped: [TrialSummary]
  let winners: [Winner]

  struct Table: Encodable {
    let dataset: String
    let architecture: String
    let architectureParameters: ArchitectureSpec
    let cells: [Cell]

    enum CodingKeys: String, CodingKey {
      case dataset, architecture, cells
      case architectureParameters = "architecture_parameters"
    }

    init(_ table: ComparisonTable) {
      dataset = table.dataset
      architecture = table.architecture.kind.rawValue
      architectureParameters = table.architecture
      cells = table.rows.map(Cell.init)
    }
  }

  struct Winner: Encodable {
    let dataset: String
    let architecture: String
    let labels: [String]
    let accuracy: Double

    init?(_ table: ComparisonTable) {
      guard let winners = table.winners else { return nil }
      dataset = table.dataset
      architecture = table.architecture.label
      labels = winners.labels
      accuracy = winners.accuracy
    }
  }

  struct Cell: Encodable {
    let row: ComparisonTable.Row

    init(_ row: ComparisonTable.Row) { self.row = row }

    enum Key: String, CodingKey {
      case id, label, activation, epochs, finished, failed, skipped, best
      case activationParameters = "activation_parameters"
      case learningRate = "learning_rate"
      case batchSize = "batch_size"
    }

    func encode(to encoder: any Encoder) throws {
      let cell = row.cell
      var object = encoder.container(keyedBy: Key.self)
      try object.encode(cell.id, forKey: .id)
      try object.encode(row.label, forKey: .label)
      try object.encode(cell.activation.name, forKey: .activation)
      try object.encode(cell.activation.parameters, forKey: .activationParameters)
      try object.encode(cell.learningRate, forKey: .learningRate)
      try object.encode(cell.batchSize, forKey: .batchSize)
      try object.encode(cell.epochs, forKey: .epochs)
      try object.encode(cell.finished, forKey: .finished)
      try object.encode(cell.failed, forKey: .failed)
      try object.encode(cell.skipped, forKey: .skipped)
      try object.encode(Metric.allCases.filter(row.best.contains), forKey: .best)
      var metrics = encoder.container(keyedBy: MetricKey.self)
      for metric in Metric.allCases {
        try metrics.encodeIfPresent(metric.statistics(of: cell), forKey: MetricKey(metric))
      }
    }
  }

  struct MetricKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ metric: Metric) { stringValue = metric.rawValue }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
