import Models

extension ModelCost {
  /// The cost of a network; nil if it doesn't fit the input or exceeds `parameterLimit`.
  /// - Parameters:
  ///   - activation: PReLU adds parameters.
  ///   - input: the shape of a sample.
  ///   - classes: determines the units of the last layer.
  package init?(
    architecture: ArchitectureSpec, activation: ActivationSpec, input: ImageShape, classes: Int
  ) {
    guard architecture.obstacle(for: input) == nil,
      let network = try? NetworkSpec(
        architecture, activation: activation, input: input, classes: classes)
    else { return nil }
    self.init(network)
  }
}

/// The cost of a whole trial.
package struct TrialCost: Hashable, Sendable {
  /// The network's cost per sample.
  package var model: ModelCost
  /// Optimizer steps, over all epochs.
  package var steps: Int
  /// Samples per step over all ranks; at most all training samples.
  package var batchSize: Int
  /// Operations of the forward and backward passes.
  package var trainingFLOPs: Double
  /// Operations of evaluating the test set after each epoch, and the training set once at the end.
  package var evaluationFLOPs: Double
  package var flops: Double { trainingFLOPs + evaluationFLOPs }

  /// The cost of a trial on data of a known shape; nil when the network doesn't fit it.
  package init?(_ trial: Trial, on shape: DatasetShape) {
    let cost = ModelCost(
      architecture: trial.architecture, activation: trial.activation, input: shape.input,
      classes: shape.classes)
    guard let model = cost else { return nil }
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
