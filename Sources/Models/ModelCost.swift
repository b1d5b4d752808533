/// The size of a network and the floating-point work of training it, in closed form.
///
/// Counted: the multiply-adds of dense layers and convolutions, two operations each, forward, for
/// the weights' gradient and for the data's (the first layer needs none of the data's). Not counted:
/// biases, activation functions, pooling, dropout, the loss, the optimizer, communication; and no
/// shortcut that leaves out zeros is assumed. At batch 128 the paper's networks on 28×28 images come
/// to 411 MFLOP (FFNN) and 2,647 MFLOP (CNN) a step.
public struct ModelCost: Hashable, Sendable {
  /// The most parameters of a network: what one message counts.
  public static let parameterLimit = Int(Int32.max)

  /// Numbers that are learned: weights, biases, and the slopes of PReLU.
  public var parameters: Int
  /// Operations of one sample's forward pass.
  public var evaluationFLOPs: Double
  /// Operations of one sample's forward and backward pass.
  public var trainingFLOPs: Double
  /// Values of one sample that a training step keeps: the sample's and each layer's.
  public var values: Double

  /// The cost of a network.
  /// - Returns: nil when the network isn't possible, or has more parameters than `parameterLimit`.
  public init?(_ network: NetworkSpec) {
    guard let layers = try? network.plan() else { return nil }
    // Exact below 2⁵³, and far above any limit beyond.
    let count = layers.reduce(0.0) { $1.tensors.reduce($0) { $0 + $1.size } }
    guard count <= Double(Self.parameterLimit) else { return nil }
    parameters = Int(count)
    let multiplyAdds = layers.map { $0.spec.kind.multiplyAdds(for: $0.input) }
    let sum = multiplyAdds.reduce(0, +)
    evaluationFLOPs = 2 * sum
    trainingFLOPs = 6 * sum - 2 * (multiplyAdds.first { $0 > 0 } ?? 0)
    values = layers.reduce(network.input.size) { $0 + $1.spec.kind.keptValues(for: $1.input) }
  }
}
