extension LayerRecord {
  /// The columns of `layers.csv`.
  public static let csvColumns = [
    "epoch", "layer", "units", "dead_units", "saturated_share", "mean", "standard_deviation",
    "gradient_norm", "slope_mean", "slope_minimum", "slope_maximum",
  ]

  /// The fields of one row of `layers.csv`; slopes are empty where none are learned.
  func csvFields(epoch: Int) -> [String] {
    let numbers = [saturatedShare, mean, standardDeviation, gradientNorm]
    let learned = slopes.map { [$0.mean, $0.minimum, $0.maximum].map(canonicalText(of:)) }
    return [String(epoch), layer, String(units), String(deadUnits)]
      + numbers.map(canonicalText(of:)) + (learned ?? ["", "", ""])
  }

  /// The text of `layers.csv`.
  public static func csv(_ epochs: [EpochRecord]) -> String {
    CSV.text(
      [csvColumns]
        + epochs.flatMap { epoch in epoch.layers.map { $0.csvFields(epoch: epoch.epoch) } })
  }
}
