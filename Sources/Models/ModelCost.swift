/// The size of a network and the floating-point work of training it, in closed form.
///
/// Counted: the multiply-adds of dense layers and convolutions, two operations each, forward, for
/// the weights' gradient and for the input's gradient (which the first layer doesn't need). Not
/// counted: biases, activation functions, pooling, dropout, the loss, the optimizer, communication;
/// shortcuts that skip zeros are ignored. At batch 128 the paper's networks on 28×28 images take
/// 411 MFLOP (FFNN) and 2,647 MFLOP (CNN) per step.
public struct ModelCost: Hashable, Sendable {
  /// The maximum number of parameters: the limit of one message's count.
  public static let parameterLimit = Int(Int32.max)

  /// Learned numbers: weights, biases, and the slopes of PReLU.
  public var parameters: Int
  /// Operations of one sample's forward pass.
  public var evaluationFLOPs: Double
  /// Operations of one sample's forward and backward pass.
  public var trainingFLOPs: Double
  /// Values per sample that a training step keeps: the sample's and each layer's.
  public var values: Double
  /// Those of them that ranks share: what dense layers read, and their gradients, in whole vectors.
  package var sharedValues: Int
  /// Learned numbers outside the dense layers.
  package var smallParameters: Int

  /// The cost of a network.
  /// - Returns: nil if the network is invalid or has more parameters than `parameterLimit`.
  public init?(_ network: NetworkSpec) {
    guard let layers = try? network.plan() else { return nil }
    // Exact below 2⁵³, which is far above the limit.
    let count = layers.reduce(0.0) { $1.tensors.reduce($0) { $0 + $1.size } }
    guard count <= Double(Self.parameterLimit) else { return nil }
    parameters = Int(count)
    let multiplyAdds = layers.map { $0.spec.kind.multiplyAdds(for: $0.input) }
    let sum = multiplyAdds.reduce(0, +)
    evaluationFLOPs = 2 * sum
    trainingFLOPs = 6 * sum - 2 * (multiplyAdds.first { $0 > 0 } ?? 0)
    values = layers.reduce(network.input.size) { $0 + $1.spec.kind.keptValues(for: $1.input) }
    func whole(_ count: Int) -> Int { (count + 31) / 32 * 32 }
    sharedValues = layers.reduce(0) { sum, layer in
      guard layer.tensors.contains(where: { $0.sum == .byUnit }) else { return sum }
      return sum + whole(layer.input.count) + 2 * whole(layer.output.count)
    }
    smallParameters = layers.reduce(0) { sum, layer in
      layer.tensors.filter { $0.sum == .whole }.reduce(sum) { $0 + (Int($1.size) + 15) / 16 * 16 }
    }
  }
}
