/// One fully resolved configuration with its seed: what a group of ranks trains in one go.
public struct Trial: Hashable, Decodable, Sendable {
  /// The data the trial is trained and tested on.
  package var dataset: DatasetSpec
  /// The network's shape.
  package var architecture: ArchitectureSpec
  /// The activation function of every hidden layer.
  package var activation: ActivationSpec
  /// Optimizer, learning rate, global batch size, number of epochs.
  package var training: TrainingSpec
  /// Decides the initial weights, the order of the samples, the dropout masks and the split.
  package var seed: UInt64

  package init(
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
