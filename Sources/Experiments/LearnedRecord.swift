import Support

/// A learned parameter of an activation in a hidden layer after an epoch: one row of `parameters.csv`.
package struct LearnedRecord: Hashable, Sendable {
  /// Its name in a config: `beta`, or PReLU's `slope`.
  package var parameter: String
  /// Over the layer's units or channels.
  package var mean: Double
  package var minimum: Double
  package var maximum: Double
  /// Whether all layers share its one value; the first layer's record has it.
  package var isShared: Bool

  package init(
    parameter: String, mean: Double, minimum: Double, maximum: Double, isShared: Bool = false
  ) {
    self.parameter = parameter
    self.mean = mean
    self.minimum = minimum
    self.maximum = maximum
    self.isShared = isShared
  }
}

extension LearnedRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case parameter, mean, minimum, maximum
    case isShared = "shared"
  }

  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      parameter: try keys.decode(String.self, forKey: .parameter),
      mean: try keys.decode(Double.self, forKey: .mean),
      minimum: try keys.decode(Double.self, forKey: .minimum),
      maximum: try keys.decode(Double.self, forKey: .maximum),
      isShared: try keys.decodeIfPresent(Bool.self, forKey: .isShared) ?? false)
  }

  package func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(parameter, forKey: .parameter)
    try keys.encode(mean, forKey: .mean)
    try keys.encode(minimum, forKey: .minimum)
    try keys.encode(maximum, forKey: .maximum)
    if isShared { try keys.encode(true, forKey: .isShared) }
  }
}

extension LearnedRecord {
  package static let csvColumns = ["epoch", "layer", "parameter", "mean", "minimum", "maximum"]
  /// In place of a layer's name, for what all of them share.
  package static let everyLayer = "network"

  /// Returns the text of `parameters.csv`; nil where nothing is learned.
  package static func csv(_ epochs: [EpochRecord]) -> String? {
    let rows = epochs.flatMap { epoch in
      epoch.layers.flatMap { layer in
        layer.learned.map { learned in
          [String(epoch.epoch), layer.place(of: learned), learned.parameter]
            + [learned.mean, learned.minimum, learned.maximum].map(canonicalText(of:))
        }
      }
    }
    return rows.isEmpty ? nil : CSV.text([csvColumns] + rows)
  }
}

extension LayerRecord {
  /// The layer's name, or the network.
  package func place(of learned: LearnedRecord) -> String {
    learned.isShared ? LearnedRecord.everyLayer : layer
  }
}
