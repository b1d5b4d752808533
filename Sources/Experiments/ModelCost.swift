/// The size of a network and the floating-point work of training it, in closed form.
///
/// Counted: the multiply-adds of dense layers and convolutions, two operations each, forward, for
/// the weights' gradient and for the data's (the first layer needs none of the data's). Not counted:
/// biases, activation functions, pooling, dropout, the loss, the optimizer, communication; and no
/// shortcut that leaves out zeros is assumed. At batch 128 the paper's networks on 28×28 images come
/// to 411 MFLOP (FFNN) and 2,647 MFLOP (CNN) a step.
public struct ModelCost: Hashable, Sendable {
  /// One layer with weights.
  private struct Layer {
    /// Multiply-adds per sample.
    var multiplyAdds: Int
    /// Weights and biases.
    var parameters: Int
    /// Slopes that a PReLU after this layer learns: one per unit, or per channel.
    var slopes: Int
  }

  /// Numbers that are learned: weights, biases, and the slopes of PReLU.
  public var parameters: Int
  /// Operations of one sample's forward pass.
  public var evaluationFLOPs: Double
  /// Operations of one sample's forward and backward pass.
  public var trainingFLOPs: Double

  /// The cost of a network.
  /// - Parameters:
  ///   - architecture: its hidden layers.
  ///   - activation: PReLU adds parameters.
  ///   - input: the shape of a sample.
  ///   - outputs: units of the last layer.
  /// - Returns: nil when the architecture can't take that input.
  public init?(
    architecture: ArchitectureSpec, activation: ActivationSpec, input: InputShape, outputs: Int
  ) {
    guard architecture.obstacle(for: input) == nil,
      let stages = architecture.convolutionStages(for: input)
    else { return nil }
    var layers = stages.map { stage in
      let taps = stage.input.channels * architecture.kernel * architecture.kernel
      return Layer(
        multiplyAdds: taps * stage.convolved.features,
        parameters: (taps + 1) * stage.convolved.channels, slopes: stage.convolved.channels)
    }
    var width = stages.last?.pooled.features ?? input.features
    for units in architecture.hidden {
      layers.append(
        Layer(multiplyAdds: width * units, parameters: (width + 1) * units, slopes: units))
      width = units
    }
    layers.append(
      Layer(multiplyAdds: width * outputs, parameters: (width + 1) * outputs, slopes: 0))
    let slopes = activation.name == "prelu" ? layers.reduce(0) { $0 + $1.slopes } : 0
    parameters = layers.reduce(slopes) { $0 + $1.parameters }
    let multiplyAdds = layers.reduce(0.0) { $0 + Double($1.multiplyAdds) }
    evaluationFLOPs = 2 * multiplyAdds
    trainingFLOPs = 6 * multiplyAdds - 2 * Double(layers[0].multiplyAdds)
  }

  /// The cost of a trial's network on data of a known shape; nil when the two don't fit.
  public init?(_ trial: Trial, on shape: DatasetShape) {
    self.init(
      architecture: trial.architecture, activation: trial.activation, input: shape.input,
      outputs: shape.outputs)
  }
}

/// The work of a whole trial.
public struct TrialCost: Hashable, Sendable {
  /// The network's cost per sample.
  public var model: ModelCost
  /// Optimizer steps, over all epochs.
  public var steps: Int
  /// Samples of a step, over all ranks.
  public var batchSize: Int
  /// Operations of forward and backward passes.
  public var trainingFLOPs: Double
  /// Operations of evaluating the test set after each epoch, and the training set once at the end.
  public var evaluationFLOPs: Double
  /// All of them.
  public var flops: Double { trainingFLOPs + evaluationFLOPs }

  /// The cost of a trial on data of a known shape; nil when the network can't take it.
  public init?(_ trial: Trial, on shape: DatasetShape) {
    guard let model = ModelCost(trial, on: shape) else { return nil }
    let batch = trial.training.batchSize
    let epochs = trial.training.epochs
    self.model = model
    batchSize = batch
    steps = epochs * ((shape.trainCount + batch - 1) / batch)
    let trained = Double(epochs) * Double(shape.trainCount)
    let evaluated = Double(epochs) * Double(shape.testCount) + Double(shape.trainCount)
    trainingFLOPs = trained * model.trainingFLOPs
    evaluationFLOPs = evaluated * model.evaluationFLOPs
  }
}
