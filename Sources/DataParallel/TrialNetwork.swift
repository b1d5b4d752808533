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
    if activation.shape == .other, !convolutions.isEmpty {
      throw TrialShapeError(
        description:
          "\(trial.label): convolutions pool before the activation, which is right only for "
          + "functions that never fall, or fall and then rise; \(trial.activation.name) does neither."
      )
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
  /// The function that a config names, as its definition describes it.
  ///
  /// - Throws: `TrialShapeError` for an unknown name, and for a parameter that is missing or out of range.
  public init(_ spec: ActivationSpec) throws {
    guard let definition = spec.definition else {
      throw TrialShapeError(description: "No activation is called \(spec.name).")
    }
    for parameter in definition.parameters {
      guard let value = spec.parameters[parameter.key] else {
        throw TrialShapeError(description: "\(spec.name) needs \(parameter.key).")
      }
      guard parameter.type.accepts(.number(value)) else {
        throw TrialShapeError(
          description: "\(spec.name) needs \(parameter.type.expectation) for \(parameter.key), "
            + "not \(value).")
      }
    }
    func number(_ constant: ActivationDefinition.Constant) -> Float {
      switch constant {
      case .value(let value): Float(value)
      case .parameter(let key): Float(spec.parameters[key] ?? .nan)
      }
    }
    self.init(
      formula: definition.kernel.name, alpha: number(definition.kernel.alpha),
      beta: number(definition.kernel.beta),
      initialSlope: definition.learned.map { number(.parameter($0)) },
      shape: Shape(definition.shape))
    guard isComputable else {
      throw TrialShapeError(description: "No kernel computes \(spec.name).")
    }
  }
}

extension Activation.Shape {
  fileprivate init(_ shape: ActivationDefinition.Shape) {
    self =
      switch shape {
      case .monotone: .monotone
      case .valley: .valley
      case .other: .other
      }
  }
}
