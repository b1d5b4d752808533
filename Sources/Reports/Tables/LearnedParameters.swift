import Experiments

/// What the layers of a block's activations have learned, each parameter in each layer by itself.
struct LearnedParameter {
  let activation: ActivationSpec
  let layer: String
  let parameter: String
  /// By seed, then by epoch: none where a seed has no such epoch.
  private let courses: [[LearnedRecord?]]

  /// All of a block, in the order of its activations and layers.
  static func all(of block: BlockComparison) -> [LearnedParameter] {
    block.cells.flatMap { cell in
      let trials = cell.finished.map(\.epochs)
      let last = trials.compactMap(\.last?.layers).max { $0.count < $1.count } ?? []
      return last.flatMap { layer in
        layer.learned.map { learned in
          LearnedParameter(
            activation: cell.activation, layer: layer.place(of: learned),
            parameter: learned.parameter,
            courses: trials.map { epochs in
              epochs.map { epoch in
                epoch.layers.first { $0.layer == layer.layer }?.learned.first {
                  $0.parameter == learned.parameter
                }
              }
            })
        }
      }
    }
  }

  /// Over the seeds, after one epoch: the mean and its deviation, the smallest and the largest value.
  struct Values {
    let means: SampleStatistics
    let minimum: Double
    let maximum: Double
  }

  var epochs: Int { courses.map(\.count).max() ?? 0 }

  /// - Parameter epoch: from 0.
  func values(after epoch: Int) -> Values? {
    values(courses.compactMap { $0.indices.contains(epoch) ? $0[epoch] : nil })
  }

  /// After each seed's last epoch.
  var final: Values? { values(courses.compactMap { $0.last ?? nil }) }

  private func values(_ records: [LearnedRecord]) -> Values? {
    guard let means = SampleStatistics(records.map(\.mean)),
      let minimum = records.map(\.minimum).min(), let maximum = records.map(\.maximum).max()
    else { return nil }
    return Values(means: means, minimum: minimum, maximum: maximum)
  }

  /// The value before the first step; PReLU's slope is a parameter of its own. nil where layers' functions
  /// begin with different ones.
  var initial: Double? {
    let values = Set(activation.functions.compactMap { $0.parameters[parameter] })
    return values.count == 1 ? values.first : nil
  }
}

/// The learned parameters of a block after the last epoch.
enum LearnedTable {
  /// nil where nothing is learned.
  static func table(_ block: BlockComparison) -> ReportTable? {
    typealias Column = ReportTable.Column
    let learned = LearnedParameter.all(of: block)
    guard !learned.isEmpty else { return nil }
    let values = learned.map(\.final)
    let signed = { (value: Double) in NumberText.signed(value, digits: 4) }
    var columns = [
      Column("activation", "activation", learned.map(\.activation.shortDisplayLabel)),
      Column("layer", "layer", learned.map(\.layer)),
      Column("parameter", "parameter", learned.map(\.parameter)),
      Column("initial", "initial", rank: 2, learned.map(\.initial), signed),
      Column("mean", "mean", values.map { $0?.means.mean }, signed),
    ]
    if block.hasSpread {
      columns.append(
        Column(
          "deviation", "standard_deviation", rank: 3,
          values.map { $0?.means.standardDeviation }, NumberText.significant))
    }
    columns += [
      Column("smallest", "minimum", rank: 1, values.map { $0?.minimum }, signed),
      Column("largest", "maximum", rank: 1, values.map { $0?.maximum }, signed),
    ]
    return ReportTable(
      id: "parameters \(block.label)",
      title: "\(block.label): learned parameters after the last epoch",
      note: (block.hasSpread
        ? "Means over the units or channels and the seeds, with the standard deviation over the seeds; "
        : "Means over the units or channels; ")
        + "the smallest and the largest of all values. \(LearnedRecord.everyLayer): shared by all layers.",
      columns: columns)
  }
}
