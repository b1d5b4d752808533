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
    var multiplyAdds: Double
    /// Weights and biases.
    var parameters: Double
    /// Slopes that a PReLU after this layer learns: one per unit, or per channel.
    var slopes: Double
    /// Values per sample that it computes.
    var values: Double
  }

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
  /// - Parameters:
  ///   - architecture: its hidden layers.
  ///   - activation: PReLU adds parameters.
  ///   - input: the shape of a sample.
  ///   - outputs: units of the last layer.
  /// - Returns: nil when the architecture can't take that input, or has more parameters than
  ///   `parameterLimit`.
  public init?(
    architecture: ArchitectureSpec, activation: ActivationSpec, input: InputShape, outputs: Int
  ) {
    guard architecture.obstacle(for: input) == nil,
      let stages = architecture.convolutionStages(for: input)
    else { return nil }
    var layers = stages.map { stage in
      // Exact below 2⁵³, and far above any limit beyond.
      let side = Double(architecture.kernel)
      let taps = Double(stage.input.channels) * side * side
      let channels = Double(stage.convolved.channels)
      let features = channels * Double(stage.convolved.height) * Double(stage.convolved.width)
      return Layer(
        multiplyAdds: taps * features, parameters: (taps + 1) * channels, slopes: channels,
        values: features)
    }
    let last = stages.last?.pooled ?? input
    var width = Double(last.channels) * Double(last.height) * Double(last.width)
    func addDense(_ units: Double, slopes: Double) {
      layers.append(
        Layer(
          multiplyAdds: width * units, parameters: (width + 1) * units, slopes: slopes,
          values: units))
      width = units
    }
    for units in architecture.hidden { addDense(Double(units), slopes: Double(units)) }
    addDense(Double(outputs), slopes: 0)
    let slopes = activation.definition?.learned != nil ? layers.reduce(0) { $0 + $1.slopes } : 0
    let count = layers.reduce(slopes) { $0 + $1.parameters }
    guard count <= Double(Self.parameterLimit) else { return nil }
    parameters = Int(count)
    let multiplyAdds = layers.reduce(0.0) { $0 + $1.multiplyAdds }
    evaluationFLOPs = 2 * multiplyAdds
    trainingFLOPs = 6 * multiplyAdds - 2 * layers[0].multiplyAdds
    values = layers.reduce(Double(input.channels) * Double(input.height) * Double(input.width)) {
      $0 + $1.values
    }
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
  /// Samples of a step, over all ranks: all training samples at most.
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
    // A batch is full once it has all rows.
    let batch = max(1, min(trial.training.batchSize, shape.trainCount))
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
