import Formulas
import Models
import Support

/// A trial asks for something that no network here can be.
package struct TrialShapeError: ReportableError {
  /// What is wrong and what would be right.
  package let description: String
  package var exitCode: ExitCode { .usage }
}

extension NetworkSpec {
  /// The layers of an architecture for samples of one shape, which they may not fit.
  ///
  /// - Throws: `TrialShapeError` for an activation that there isn't, or one for other layers.
  init(
    _ architecture: ArchitectureSpec, activation: ActivationSpec, input: ImageShape, classes: Int
  ) throws {
    self.init(
      input: input, convolutions: architecture.convolutions, hidden: architecture.hidden,
      classes: classes,
      activations: try Activation.ofLayers(activation, count: architecture.activationLayers),
      dropout: Float(architecture.dropout))
  }

  /// The network of a trial for samples of one shape.
  ///
  /// - Throws: `TrialShapeError` where the architecture doesn't fit the samples.
  package init(_ trial: Trial, input: ImageShape, classes: Int) throws {
    try self.init(
      trial.architecture, activation: trial.activation, input: input, classes: classes)
    if let flaw { throw TrialShapeError(description: "\(trial.label): \(flaw).") }
  }
}

extension ArchitectureSpec {
  /// How many layers have an activation.
  package var activationLayers: Int { filters.count + hidden.count }

  fileprivate var convolutions: [Convolution] {
    filters.map { Convolution(filters: $0, kernel: kernel, padded: padding == .same) }
  }

  /// Why the architecture can't take samples of shape `input`, or nil when it can.
  package func obstacle(for input: ImageShape) -> String? {
    guard kind == .cnn else { return nil }
    if kernel > min(input.height, input.width) {
      return "a kernel of \(kernel)×\(kernel) is larger than the \(input) image"
    }
    return NetworkSpec(
      input: input, convolutions: convolutions, hidden: hidden, classes: 2, activation: .relu
    ).flaw
  }
}

extension TrainingSpec {
  /// How many floats it keeps for each parameter; 0 for an optimizer that there isn't.
  package var optimizerSlots: Int { OptimizerSpec.type(named: optimizer.name)?.slots.count ?? 0 }

  /// The optimizer that takes the steps.
  ///
  /// - Throws: `OptimizerError` for a name or a setting that there isn't.
  package func resolvedOptimizer() throws(OptimizerError) -> any Optimizer {
    let settings = optimizer.parameters.compactMapValues(\.asNumber)
    return try OptimizerSpec(name: optimizer.name, settings: settings)
      .optimizer(learningRate: Float(learningRate))
  }
}

extension Activation {
  /// The functions of a network's activation layers, first to last.
  ///
  /// - Throws: `TrialShapeError` as for one function, and where there is one for another number of layers.
  package static func ofLayers(_ spec: ActivationSpec, count: Int) throws -> [Activation] {
    guard let functions = spec.functions(ofLayers: count) else {
      throw TrialShapeError(
        description: "\(spec.name) has functions for \(spec.layers.count) activation layers, and "
          + "the network has \(count).")
    }
    if let flaw = spec.sharingFlaw { throw TrialShapeError(description: "\(spec.name): \(flaw).") }
    return try functions.map { try Activation($0) }
  }

  /// The function that a config names, as its definition describes it.
  ///
  /// - Throws: `TrialShapeError` for an unknown name, and for a parameter that is missing or out of range.
  package init(_ spec: ActivationSpec) throws {
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
    if spec.learned.isEmpty, let function = definition.function {
      self = function { Float(spec.parameters[$0] ?? .nan) }
    } else {
      do throws(FormulaError) {
        self = try FormulaActivations.activation(spec, definition.formula)
      } catch {
        throw TrialShapeError(description: "\(spec.name): \(error).")
      }
    }
  }
}
