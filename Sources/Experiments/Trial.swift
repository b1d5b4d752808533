/// One fully resolved configuration with its seed: what a group of ranks trains in one go.
public struct Trial: Hashable, Sendable {
  /// The data the trial is trained and tested on.
  public var dataset: DatasetSpec
  /// The network's shape.
  public var architecture: ArchitectureSpec
  /// The activation function of every hidden layer.
  public var activation: ActivationSpec
  /// Optimizer, learning rate, global batch size, number of epochs.
  public var training: TrainingSpec
  /// Decides the initial weights, the order of the samples, the dropout masks and the split.
  public var seed: UInt64

  /// A trial from its parts.
  public init(
    dataset: DatasetSpec, architecture: ArchitectureSpec, activation: ActivationSpec,
    training: TrainingSpec, seed: UInt64
  ) {
    self.dataset = dataset
    self.architecture = architecture
    self.activation = activation
    self.training = training
    self.seed = seed
  }
}
