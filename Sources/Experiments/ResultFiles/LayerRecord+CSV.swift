import Support

extension LayerRecord {
  package static let csvColumns = [
    "epoch", "layer", "units", "dead_units", "saturated_share", "mean", "standard_deviation",
    "gradient_norm", "slope_mean", "slope_minimum", "slope_maximum",
  ]

  /// Returns the fields of one row of `layers.csv`; what wasn't measured or isn't learned is empty.
  func csvFields(epoch: Int) -> [String] {
    let numbers = [saturatedShare, mean, standardDeviation].map(canonicalText(of:))
    let learned = slopes.map { [$0.mean, $0.minimum, $0.maximum].map(canonicalText(of:)) }
    return [String(epoch), layer, String(units), String(deadUnits)]
      + numbers + [gradientNorm.map(canonicalText(of:)) ?? ""] + (learned ?? ["", "", ""])
  }

  package static func csv(_ epochs: [EpochRecord]) -> String {
    CSV.text(
      [csvColumns]
        + epochs.flatMap { epoch in epoch.layers.map { $0.csvFields(epoch: epoch.epoch) } })
  }
}
