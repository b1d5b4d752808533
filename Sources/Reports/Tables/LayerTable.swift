import Experiments

/// The hidden layers of each activation of a block after the last epoch.
enum LayerTable {
  /// nil where no trial recorded its layers.
  static func table(_ block: BlockComparison) -> ReportTable? {
    let layers = block.cells.flatMap { cell in
      LayerMeans.all(cell).map { (cell.activation.shortDisplayLabel, $0) }
    }
    guard !layers.isEmpty else { return nil }
    let hasSlopes = layers.contains { $0.1.slopes != nil }
    return ReportTable(
      id: "layers \(block.label)", title: "\(block.label): hidden layers after the last epoch",
      note: (block.hasSpread ? "Means over the seeds. " : "")
        + "dead: units that are saturated on every test sample; saturated: "
        + "responses where the activation's derivative is below 0.001 in size; gradient: Euclidean "
        + "norm of the loss's gradient by the layer's parameters, over one batch."
        + (hasSlopes ? " slopes: learned ones." : ""),
      columns: [
        ReportTable.Column("activation", "activation", isNumeric: false),
        ReportTable.Column("layer", "layer", isNumeric: false),
        ReportTable.Column("dead", "dead_share"),
        ReportTable.Column("saturated", "saturated_share"),
        ReportTable.Column("pre-activation", "preactivation_mean", rank: 2),
        ReportTable.Column("its deviation", "preactivation_deviation", rank: 3),
        ReportTable.Column("gradient", "gradient_norm", rank: 1),
      ]
        + (hasSlopes
          ? [
            ReportTable.Column("slope", "slope_mean", rank: nil),
            ReportTable.Column("smallest", "slope_minimum", rank: nil),
            ReportTable.Column("largest", "slope_maximum", rank: nil),
          ] : []),
      rows: layers.map { row($0.0, $0.1, hasSlopes: hasSlopes) })
  }

  private static func row(
    _ activation: String, _ layer: LayerMeans, hasSlopes: Bool
  ) -> [ReportTable.Field] {
    typealias Field = ReportTable.Field
    func field(_ value: Double?, _ text: (Double) -> String) -> Field {
      Field(value, value.map(text) ?? NumberText.none)
    }
    let signed = { (value: Double) in NumberText.signed(value, digits: 3) }
    let short = { (value: Double) in NumberText.significant(value) }
    let slopes = [layer.slopes?.mean, layer.slopes?.minimum, layer.slopes?.maximum]
    return [
      Field(activation), Field(layer.name), field(layer.deadShare, NumberText.percent),
      field(layer.saturatedShare, NumberText.percent), field(layer.mean, signed),
      field(layer.deviation, short), field(layer.gradientNorm, short),
    ] + (hasSlopes ? slopes.map { field($0, signed) } : [])
  }
}

/// One hidden layer after the last epoch: means over the seeds.
private struct LayerMeans {
  let name: String
  let deadShare: Double?
  let saturatedShare: Double?
  let mean: Double?
  let deviation: Double?
  let gradientNorm: Double?
  let slopes: LayerRecord.Slopes?

  static func all(_ cell: Cell) -> [LayerMeans] {
    let trials = cell.finished.compactMap(\.epochs.last?.layers)
    let names = trials.max { $0.count < $1.count }?.map(\.layer) ?? []
    return names.map { name in
      LayerMeans(name, trials.compactMap { layers in layers.first { $0.layer == name } })
    }
  }

  private init(_ name: String, _ layers: [LayerRecord]) {
    func mean(_ value: (LayerRecord) -> Double?) -> Double? {
      SampleStatistics(layers.compactMap(value))?.mean
    }
    self.name = name
    deadShare = mean { $0.deadShare }
    saturatedShare = mean { $0.saturatedShare }
    self.mean = mean { $0.mean }
    deviation = mean { $0.standardDeviation }
    gradientNorm = mean { $0.gradientNorm }
    slopes = LearnedSlopes.of(layers)
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
