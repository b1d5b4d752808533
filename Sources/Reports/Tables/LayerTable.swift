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
    let slopes = layers.map { LearnedSlopes.of($0.records) }
    let hasSlopes = slopes.contains { $0 != nil }
    return ReportTable(
      id: "layers \(block.label)", title: "\(block.label): hidden layers after the last epoch",
      note: (block.hasSpread ? "Means over the seeds. " : "")
        + "dead: units that are saturated on every test sample; saturated: "
        + "responses where the activation's derivative is below 0.001 in size; gradient: Euclidean "
        + "norm of the loss's gradient by the layer's parameters, over one batch."
        + (hasSlopes ? " slopes: learned ones." : ""),
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
        + (hasSlopes
          ? [
            Column("slope", "slope_mean", rank: nil, slopes.map { $0?.mean }, signed),
            Column("smallest", "slope_minimum", rank: nil, slopes.map { $0?.minimum }, signed),
            Column("largest", "slope_maximum", rank: nil, slopes.map { $0?.maximum }, signed),
          ] : []))
  }
}

/// Learned slopes of an activation, over several layers and seeds.
enum LearnedSlopes {
  /// Returns an activation's slopes after the last epoch; nil where none are learned.
  static func of(_ cell: Cell) -> LayerRecord.Slopes? {
    of(cell.finished.flatMap { $0.epochs.last?.layers ?? [] })
  }

  /// Returns the mean over the layers, and the overall extremes.
  static func of(_ layers: [LayerRecord]) -> LayerRecord.Slopes? {
    let slopes = layers.compactMap(\.slopes)
    guard let mean = SampleStatistics(slopes.map(\.mean))?.mean,
      let least = slopes.map(\.minimum).min(), let largest = slopes.map(\.maximum).max()
    else { return nil }
    return LayerRecord.Slopes(mean: mean, minimum: least, maximum: largest)
  }

  /// Returns `0.21 (-0.02 to 0.43)`.
  static func field(_ slopes: LayerRecord.Slopes?) -> ReportTable.Field {
    guard let slopes else { return ReportTable.Field(nil, NumberText.none) }
    let texts = [slopes.mean, slopes.minimum, slopes.maximum].map {
      NumberText.fixed($0, digits: 3)
    }
    return ReportTable.Field(slopes.mean, "\(texts[0]) (\(texts[1]) to \(texts[2]))")
  }
}
