/// The operands of the dense layers' products.
///
/// Weights, gradients, moments, activations, convolutions (whose exact shortcuts leave little dense
/// work) and the loss are always float.
public enum Precision: Hashable, Sendable {
  case float32
  /// bfloat16 operands, rounded to nearest, summed in float; slow without
  /// `InstructionSet.multipliesBfloat16`.
  case bfloat16
}
