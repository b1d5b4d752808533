import Experiments

/// The hidden layers of each activation of a block after the last epoch.
enum LayerTable {
  /// nil where no trial recorded its layers.
  static func table(_ block: BlockComparison) -> ReportTable? {
    typealias Column = ReportTable.Column
    let layers = block.cells.flatMap { cell in
      let trials = cell.finished.compactMap(\.epochs.last?.layers)
      let names = trials.max { $0.count < $1.count }?.map(\.layer) ?? []
      return names.map { name in
        (
          activation: cell.activation.shortDisplayLabel, name: name,
          records: trials.compactMap { layers in layers.first { $0.layer == name } }
        )
      }
    }
    guard !layers.isEmpty else { return nil }
    /// Returns a column of means over the seeds.
    func column(
      _ title: String, _ key: String, rank: Int? = 0, _ text: (Double) -> String,
      _ value: (LayerRecord) -> Double?
    ) -> Column {
      let means = layers.map { SampleStatistics($0.records.compactMap(value))?.mean }
      return Column(title, key, rank: rank, means, text)
    }
    let signed = { (value: Double) in NumberText.signed(value, digits: 3) }
    // What all layers share isn't one layer's.
    let learned = layers.map { layer in
      layer.records.flatMap(\.learned).filter { !$0.isShared }
    }
    let parameters = learned.joined().map(\.parameter).unique(by: \.self)
    return ReportTable(
      id: "layers \(block.label)", title: "\(block.label): hidden layers after the last epoch",
      note: (block.hasSpread ? "Means over the seeds. " : "")
        + "dead: units that are saturated on every test sample; saturated: "
        + "responses where the activation's derivative is below 0.001 in size; gradient: Euclidean "
        + "norm of the loss's gradient by the layer's parameters, over one batch."
        + (parameters.isEmpty
          ? ""
          : " \(parameters.joined(separator: ", ")): learned, over the layer's units or channels."),
      columns: [
        Column("activation", "activation", layers.map(\.activation)),
        Column("layer", "layer", layers.map(\.name)),
        column("dead", "dead_share", NumberText.percent) { $0.deadShare },
        column("saturated", "saturated_share", NumberText.percent) { $0.saturatedShare },
        column("pre-activation", "preactivation_mean", rank: 2, signed) { $0.mean },
        column("its deviation", "preactivation_deviation", rank: 3, NumberText.significant) {
          $0.standardDeviation
        },
        column("gradient", "gradient_norm", rank: 1, NumberText.significant) { $0.gradientNorm },
      ]
        + parameters.flatMap { parameter in
          let values = learned.map { LearnedValues(of: parameter, in: $0) }
          return [
            Column(parameter, "\(parameter)_mean", rank: nil, values.map { $0?.mean }, signed),
            Column(
              "smallest", "\(parameter)_minimum", rank: nil, values.map { $0?.minimum }, signed),
            Column(
              "largest", "\(parameter)_maximum", rank: nil, values.map { $0?.maximum }, signed),
          ]
        })
  }
}

/// The values of an activation's learned parameter, over several layers and seeds: the mean of their means, and
/// the extremes.
struct LearnedValues {
  let mean: Double
  let minimum: Double
  let maximum: Double

  /// nil where none of the records is about the parameter.
  init?(of parameter: String, in records: [LearnedRecord]) {
    let own = records.filter { $0.parameter == parameter }
    guard let mean = SampleStatistics(own.map(\.mean))?.mean,
      let minimum = own.map(\.minimum).min(), let maximum = own.map(\.maximum).max()
    else { return nil }
    (self.mean, self.minimum, self.maximum) = (mean, minimum, maximum)
  }

  /// `0.21 (-0.02 to 0.43)`, a number to sort by.
  var field: ReportTable.Field {
    let texts = [mean, minimum, maximum].map { NumberText.fixed($0, digits: 3) }
    return ReportTable.Field(mean, "\(texts[0]) (\(texts[1]) to \(texts[2]))")
  }
}
