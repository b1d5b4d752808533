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

/// Where a trial's samples come from.
public struct DatasetSpec: Hashable, Codable, Sendable {
  /// How the samples are stored.
  public enum Source: Hashable, Codable, Sendable {
    /// One of the data sets that the program knows: `mnist`, `fashion-mnist`, `wdbc`.
    case builtin
    /// A folder with the four IDX files.
    case idx(folder: String)
    /// A CSV file with a header, its label column, and the share of rows held out for testing.
    case csv(file: String, label: String, testFraction: Double)
  }
  /// The name in the config, in tables and in file names.
  public var name: String
  /// How the samples are stored.
  public var source: Source

  /// A data set by name; one of the built-in ones unless a source is given.
  public init(name: String, source: Source = .builtin) {
    self.name = name
    self.source = source
  }
}
