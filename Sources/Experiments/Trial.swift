/// One fully resolved configuration with its seed: what a group of ranks trains in one go.
public struct Trial: Hashable, Codable, Sendable {
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

/// An activation function by its name in the config, with every parameter resolved.
public struct ActivationSpec: Hashable, Codable, Sendable {
  /// The config's name: `relu`, `leaky-relu`, `prelu`, `elu`, `gelu`, `srelu`, `sigmoid`, `tanh`.
  public var name: String
  /// The function's parameters, by the config's keys: `alpha`, `beta`, `slope`.
  public var parameters: [String: Double]

  /// An activation by name and resolved parameters.
  public init(name: String, parameters: [String: Double] = [:]) {
    self.name = name
    self.parameters = parameters
  }
}

/// A network's shape with every parameter resolved.
public struct ArchitectureSpec: Hashable, Codable, Sendable {
  /// The family of networks.
  public enum Kind: String, Codable, Sendable, CaseIterable { case ffnn, cnn }
  /// How a convolution treats the border of its input.
  public enum Padding: String, Codable, Sendable, CaseIterable { case valid, same }

  /// The family of networks.
  public var kind: Kind
  /// Units of each hidden dense layer.
  public var hidden: [Int]
  /// Share of the units dropped in training, in [0, 1).
  public var dropout: Double
  /// Output channels of each convolution; empty for `ffnn`.
  public var filters: [Int]
  /// Height and width of every convolution's kernel; 0 for `ffnn`.
  public var kernel: Int
  /// Padding of every convolution; `valid` for `ffnn`.
  public var padding: Padding

  /// An architecture from its resolved parameters.
  public init(
    kind: Kind, hidden: [Int] = [512, 512], dropout: Double = 0.3, filters: [Int] = [],
    kernel: Int = 0, padding: Padding = .valid
  ) {
    self.kind = kind
    self.hidden = hidden
    self.dropout = dropout
    self.filters = filters
    self.kernel = kernel
    self.padding = padding
  }

  /// The paper's feed-forward network.
  public static let ffnn = ArchitectureSpec(kind: .ffnn)
  /// The paper's convolutional network.
  public static let cnn = ArchitectureSpec(kind: .cnn, filters: [32, 64], kernel: 3)
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

/// How a trial is optimised, every parameter resolved.
public struct TrainingSpec: Hashable, Codable, Sendable {
  /// `adam` (β₁ = 0.9, β₂ = 0.999, ε = 1e-7).
  public var optimizer: String
  /// Step size.
  public var learningRate: Double
  /// Samples per step over all ranks of the group.
  public var batchSize: Int
  /// Passes over the training set.
  public var epochs: Int
  /// What the dense layers multiply.
  public var precision: NumberFormat

  /// Training settings; the defaults are the paper's.
  public init(
    optimizer: String = "adam", learningRate: Double = 0.001, batchSize: Int = 128, epochs: Int,
    precision: NumberFormat = .fp32
  ) {
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.epochs = epochs
    self.precision = precision
  }

  enum CodingKeys: String, CodingKey {
    case optimizer, epochs, precision
    case learningRate = "learning_rate"
    case batchSize = "batch_size"
  }
}
