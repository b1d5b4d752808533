/// In training a share of the values becomes 0 and the others are scaled by 1 / (1 − share).
public struct Dropout: LayerKind {
  package static let stem = "drop"
  package static let title = "dropout"

  /// Share of the values dropped, in [0, 1).
  public var rate: Float

  /// A dropout from its rate.
  public init(_ rate: Float) { self.rate = rate }

  package var flaw: String? { rate >= 0 && rate < 1 ? nil : "\(rate) is outside [0, 1)" }
}
