import Experiments
import Support

/// The cells of one data set and architecture, side by side.
public struct ComparisonTable: Sendable {
  /// The data set's name.
  public let dataset: String
  /// The architecture with every parameter.
  public let architecture: ArchitectureSpec
  /// One row for each cell, in the study's order.
  public let rows: [Row]

  /// A cell, its name among the others, and the columns where none is better.
  public struct Row: Sendable {
    /// The cell.
    public let cell: CellSummary
    /// Names the cell within its table: the activation, and the settings that differ in the table.
    public let label: String
    /// The columns whose best value this row has; values that read the same are all the best.
    public let best: Set<Metric>
  }

  /// Digits after the point in each column.
  let digits: [Metric: Int]

  /// The table of `cells`.
  /// - Parameter cells: at least one, all of the same data set and architecture.
  init(_ cells: [CellSummary]) {
    dataset = cells[0].dataset
    architecture = cells[0].architecture
    var digits: [Metric: Int] = [:]
    var bestText: [Metric: String] = [:]
    for metric in Metric.allCases {
      let means = cells.compactMap { metric.statistics(of: $0)?.mean }
      let count = metric.digits(for: means)
      digits[metric] = count
      let ranked = means.filter { !$0.isNaN }.max { metric.merit($0) < metric.merit($1) }
      // Alone in its column, a value is no better than another.
      if let ranked, means.count > 1, !metric.isTime {
        bestText[metric] = metric.text(ranked, digits: count)
      }
    }
    self.digits = digits
    let labels = Self.labels(of: cells)
    rows = zip(cells, labels).map { cell, label in
      let best = Metric.allCases.filter { metric in
        guard let mean = metric.statistics(of: cell)?.mean, let best = bestText[metric] else {
          return false
        }
        return metric.text(mean, digits: digits[metric] ?? 0) == best
      }
      return Row(cell: cell, label: label, best: Set(best))
    }
  }

  /// A name for each cell that tells it from the others: all parameters of an activation that comes
  /// up with several, the settings that differ.
  private static func labels(of cells: [CellSummary]) -> [String] {
    let specs = Dictionary(grouping: Set(cells.map(\.activation)), by: \.name)
    let ratesDiffer = Set(cells.map(\.learningRate)).count > 1
    let batchesDiffer = Set(cells.map(\.batchSize)).count > 1
    let epochsDiffer = Set(cells.map(\.epochs)).count > 1
    return cells.map { cell in
      let severalOfKind = (specs[cell.activation.name]?.count ?? 0) > 1
      var parts = [
        severalOfKind ? cell.activation.displayLabel : cell.activation.shortDisplayLabel
      ]
      if ratesDiffer { parts.append("rate \(NumberText.setting(cell.learningRate))") }
      if batchesDiffer { parts.append("batch \(cell.batchSize)") }
      if epochsDiffer { parts.append("\(cell.epochs) epochs") }
      return parts.joined(separator: ", ").onOneLine
    }
  }

  /// `mnist × ffnn`.
  public var title: String { "\(dataset) × \(architecture.label)".onOneLine }

  /// The rows with the best accuracy, and that accuracy; nil when no trial finished.
  public var winners: (labels: [String], accuracy: Double)? {
    let finished = rows.compactMap { row in row.cell.accuracy.map { (row, $0.mean) } }
    guard let best = finished.map(\.1).max() else { return nil }
    let labels = finished.filter { $0.0.best.contains(.accuracy) || finished.count == 1 }
    return (labels.map(\.0.label), best)
  }
}
