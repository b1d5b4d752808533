import Experiments
import Support

/// Means over the seeds of every cell of one data set and network, side by side.
struct MeansTable {
  let group: CellGroup
  /// Labels that distinguish the cells: by activation parameters and settings that differ.
  let labels: [String]
  /// A field per cell, by measure.
  private let fields: [Measure: [ReportTable.Field]]

  init(_ group: CellGroup) {
    self.group = group
    let cells = group.cells
    let specs = Dictionary(grouping: Set(cells.map(\.activation)), by: \.name)
    labels = zip(cells, Block.settings(of: cells.map(\.block))).map { cell, settings in
      let severalOfKind = (specs[cell.activation.name]?.count ?? 0) > 1
      let name = severalOfKind ? cell.activation.displayLabel : cell.activation.shortDisplayLabel
      return ([name] + settings).joined(separator: ", ").onOneLine
    }
    fields = Dictionary(
      uniqueKeysWithValues: Measure.all.map { measure in
        (measure, measure.fields(cells.map { $0.statistics(measure) }))
      })
  }

  var measures: [Measure] {
    Measure.shown(in: .summary, where: group.cells.isMeasured)
  }

  /// Returns the measures in which no other cell is better.
  func best(_ index: Int) -> [Measure] {
    Measure.all.filter { fields[$0]?[index].isBest ?? false }
  }

  /// The cells with the highest printed mean accuracy; nil where no trial finished.
  var winners: (labels: [String], accuracy: Double)? {
    let means = group.cells.map { $0.statistics(.accuracy)?.mean }
    guard let best = means.compactMap({ $0 }).max() else { return nil }
    let text = NumberText.fixed(best, digits: 4)
    let winners = zip(labels, means).filter { _, mean in
      mean.map { NumberText.fixed($0, digits: 4) == text } ?? false
    }
    return (winners.map(\.0), best)
  }

  /// The number of seeds behind every row; nil where rows differ.
  private var commonSeeds: Int? {
    let counts = Set(group.cells.map(\.finished.count))
    return counts.count == 1 ? counts.first : nil
  }

  /// The basis of the numbers: `mean ± standard deviation over 3 seeds`.
  private var caption: String {
    switch commonSeeds {
    case 0: "no trial finished"
    case 1: "one seed"
    case .some(let seeds): "mean ± standard deviation over \(seeds) seeds"
    case nil: "mean ± standard deviation over the seeds that finished"
    }
  }

  /// The table. Rows with different numbers of finished seeds give theirs.
  var table: ReportTable {
    var columns = [ReportTable.Column("activation", "activation", labels)]
    columns += measures.map { $0.column(fields[$0] ?? []) }
    if commonSeeds == nil {
      let seeds = group.cells.map { cell in
        ReportTable.Field(
          Double(cell.finished.count), "\(cell.finished.count)/\(cell.trials.count)")
      }
      columns.append(ReportTable.Column("seeds", "seeds", numbers: seeds))
    }
    return ReportTable(
      id: "means \(group.label)", title: group.label.onOneLine, note: "test set, \(caption)",
      columns: columns)
  }
}
