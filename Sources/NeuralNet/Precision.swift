/// The numbers that the products of dense layers multiply.
///
/// Weights, gradients, moments, activations, convolutions (whose exact shortcuts leave little dense
/// work) and the loss are float in both.
public enum Precision: Hashable, Sendable {
  /// float.
  case float32
  /// bfloat16 operands, rounded to the nearest, summed in float. Without
  /// `InstructionSet.multipliesBfloat16` the same, slowly.
  case bfloat16
}
