import Models

extension ModelCost {
  /// The cost of a network.
  /// - Parameters:
  ///   - architecture: its hidden layers.
  ///   - activation: PReLU adds parameters.
  ///   - input: the shape of a sample.
  ///   - classes: they decide the units of the last layer.
  /// - Returns: nil when the architecture can't take that input, or has more parameters than
  ///   `parameterLimit`.
  public init?(
    architecture: ArchitectureSpec, activation: ActivationSpec, input: ImageShape, classes: Int
  ) {
    guard architecture.obstacle(for: input) == nil,
      let network = try? NetworkSpec(
        architecture, activation: activation, input: input, classes: classes)
    else { return nil }
    self.init(network)
  }

  /// The cost of a trial's network on data of a known shape; nil when the two don't fit.
  public init?(_ trial: Trial, on shape: DatasetShape) {
    self.init(
      architecture: trial.architecture, activation: trial.activation, input: shape.input,
      classes: shape.classes)
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
