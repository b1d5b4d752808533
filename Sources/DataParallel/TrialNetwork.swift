import Experiments
import NeuralNet
import Support

/// A trial asks for something that no network here can be.
public struct TrialShapeError: ReportableError {
  /// What is wrong and what would be right.
  public let description: String
  /// Of the class "config".
  public var exitCode: ExitCode { .usage }
}

extension NetworkSpec {
  /// The network of a trial for samples of one shape.
  ///
  /// - Throws: `TrialShapeError` where the architecture doesn't fit the samples.
  public init(_ trial: Trial, input: ImageShape, classes: Int) throws {
    let architecture = trial.architecture
    self.init(
      input: input,
      convolutions: architecture.filters.map {
        Convolution(
          filters: $0, kernel: architecture.kernel, padded: architecture.padding == .same)
      },
      hidden: architecture.hidden, classes: classes, activation: try Activation(trial.activation),
      dropout: Float(architecture.dropout))
    if let flaw {
      throw TrialShapeError(description: "\(trial.label): \(flaw).")
    }
  }
}

extension Adam {
  /// The optimizer that a config names.
  ///
  /// - Throws: `TrialShapeError` for one that isn't here.
  public init(_ training: TrainingSpec) throws {
    guard training.optimizer.name == "adam" else {
      throw TrialShapeError(description: "No optimizer is called \(training.optimizer.name).")
    }
    func parameter(_ key: String) throws -> Float {
      guard let value = training.optimizerParameter(key).flatMap(Double.init) else {
        throw TrialShapeError(description: "adam needs \(key).")
      }
      return Float(value)
    }
    self.init(
      learningRate: Float(training.learningRate), beta1: try parameter("beta1"),
      beta2: try parameter("beta2"), epsilon: try parameter("epsilon"))
  }
}

extension Activation {
  /// The function that a config names.
  ///
  /// - Throws: `TrialShapeError` for an unknown name.
  public init(_ spec: ActivationSpec) throws {
    func parameter(_ key: String) throws -> Float {
      guard let value = spec.parameters[key] else {
        throw TrialShapeError(description: "\(spec.name) needs \(key).")
      }
      return Float(value)
    }
    switch spec.name {
    case "relu": self = .relu
    case "leaky-relu": self = .leakyReLU(slope: try parameter("slope"))
    case "prelu": self = .parametricReLU(initialSlope: try parameter("slope"))
    case "elu": self = .elu(alpha: try parameter("alpha"))
    case "gelu": self = .gelu
    case "srelu":
      let alpha = try parameter("alpha")
      guard alpha > 0 else {
        throw TrialShapeError(description: "srelu needs an alpha above 0, not \(alpha).")
      }
      self = .srelu(alpha: alpha, beta: try parameter("beta"))
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    default: throw TrialShapeError(description: "No activation is called \(spec.name).")
    }
  }
}
