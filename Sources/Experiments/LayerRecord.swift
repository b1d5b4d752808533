/// A hidden layer's measurements after an epoch: one row of `layers.csv`.
///
/// A unit is a unit of a dense layer or a channel of a convolution. Its responses are its values
/// for all test samples, for a channel at all places that the pooling keeps. Dropout is off. A response is
/// saturated if the derivative's magnitude is below 0.001, the same for all activations, for
/// comparability. A unit is dead if all its responses are saturated.
package struct LayerRecord: Hashable, Codable, Sendable {
  /// The layer's name: `conv1`, `fc1`.
  package var layer: String
  package var units: Int
  /// Units that are saturated on every sample of the test set.
  package var deadUnits: Int
  /// Share of all responses that are saturated.
  package var saturatedShare: Double
  /// Mean of the pre-activations.
  package var mean: Double
  /// Standard deviation of the pre-activations.
  package var standardDeviation: Double
  /// Euclidean norm of the gradient of the loss with respect to the layer's parameters, over one
  /// fixed training batch, dropout on; nil after epochs in which it wasn't measured.
  package var gradientNorm: Double?
  /// The activation's learned parameters.
  package var learned: [LearnedRecord]
  /// The first of them, which `layers.csv` shows; nil for activations without any.
  var slopes: Slopes? {
    learned.first.map { Slopes(mean: $0.mean, minimum: $0.minimum, maximum: $0.maximum) }
  }

  /// A layer's learned slopes, or other parameters.
  package struct Slopes: Hashable, Codable, Sendable {
    package var mean: Double
    package var minimum: Double
    package var maximum: Double

    package init(mean: Double, minimum: Double, maximum: Double) {
      self.mean = mean
      self.minimum = minimum
      self.maximum = maximum
    }
  }

  enum CodingKeys: String, CodingKey {
    case layer, units, mean, learned
    /// Of earlier versions: PReLU's.
    case slopes
    case deadUnits = "dead_units"
    case saturatedShare = "saturated_share"
    case standardDeviation = "standard_deviation"
    case gradientNorm = "gradient_norm"
  }

  package init(
    layer: String, units: Int, deadUnits: Int, saturatedShare: Double, mean: Double,
    standardDeviation: Double, gradientNorm: Double?, learned: [LearnedRecord] = []
  ) {
    self.layer = layer
    self.units = units
    self.deadUnits = deadUnits
    self.saturatedShare = saturatedShare
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.gradientNorm = gradientNorm
    self.learned = learned
  }

  /// More than any layer has; sums of such counts stay far from overflow.
  private static let unitLimit = 1 << 40

  /// Reads a record whose counts are within limits.
  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    let units = try keys.decode(Int.self, forKey: .units)
    let dead = try keys.decode(Int.self, forKey: .deadUnits)
    guard (0...Self.unitLimit).contains(units), (0...units).contains(dead) else {
      throw DecodingError.dataCorruptedError(
        forKey: .deadUnits, in: keys,
        debugDescription: "expected at most as many dead units as units, found \(dead) of \(units)")
    }
    let slopes = try keys.decodeIfPresent(Slopes.self, forKey: .slopes).map {
      [
        LearnedRecord(
          parameter: "slope", mean: $0.mean, minimum: $0.minimum, maximum: $0.maximum)
      ]
    }
    self.init(
      layer: try keys.decode(String.self, forKey: .layer), units: units, deadUnits: dead,
      saturatedShare: try keys.decode(Double.self, forKey: .saturatedShare),
      mean: try keys.decode(Double.self, forKey: .mean),
      standardDeviation: try keys.decode(Double.self, forKey: .standardDeviation),
      gradientNorm: try keys.decodeIfPresent(Double.self, forKey: .gradientNorm),
      learned: try keys.decodeIfPresent([LearnedRecord].self, forKey: .learned) ?? slopes ?? [])
  }

  package func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(layer, forKey: .layer)
    try keys.encode(units, forKey: .units)
    try keys.encode(deadUnits, forKey: .deadUnits)
    try keys.encode(saturatedShare, forKey: .saturatedShare)
    try keys.encode(mean, forKey: .mean)
    try keys.encode(standardDeviation, forKey: .standardDeviation)
    try keys.encodeIfPresent(gradientNorm, forKey: .gradientNorm)
    if !learned.isEmpty { try keys.encode(learned, forKey: .learned) }
  }

  package var deadShare: Double { units == 0 ? 0 : Double(deadUnits) / Double(units) }
}
