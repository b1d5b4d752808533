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
  /// Values per sample that all ranks of a group need: what dense layers read, and their gradients.
  package var exchangedValues: Int
  /// Values per sample in the memory that a host's ranks share, in whole vectors; an upper bound.
  package var sharedValues: Int
  /// Learned numbers outside the dense layers, in whole vectors.
  package var smallParameters: Int
  /// All learned numbers, in whole vectors.
  package var arenaFloats: Int

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
    let dense = layers.filter { $0.tensors.contains { $0.sum == .byUnit } }
    exchangedValues = dense.reduce(0) { $0 + $1.input.count + $1.output.count }
    func whole(_ count: Int) -> Int { (count + 31) / 32 * 32 }
    sharedValues = dense.reduce(0) { $0 + whole($1.input.count) + 2 * whole($1.output.count) }
    arenaFloats = layers.reduce(0) { sum, layer in
      layer.tensors.reduce(sum) { $0 + (Int($1.size) + 15) / 16 * 16 }
    }
    smallParameters = layers.reduce(0) { sum, layer in
      layer.tensors.filter { $0.sum == .whole }.reduce(sum) { $0 + (Int($1.size) + 15) / 16 * 16 }
    }
  }

  /// Bytes of which each host of a group has a part in a step: what all of them need of a batch, and the
  /// parameters.
  package func exchangedBytes(batch: Int, ranks: Int) -> Double {
    // Each rank with samples has one or two sums of all small tensors where shares are powers of two.
    let shards = (batch + Numerics.shardSamples - 1) / Numerics.shardSamples
    let each = min(2, (shards + ranks - 1) / ranks)
    let sums = Double(min(ranks, shards) * each * smallParameters)
    return 4 * (Double(parameters) + Double(batch) * Double(exchangedValues) + sums)
  }
}
