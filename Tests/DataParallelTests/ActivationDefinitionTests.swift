import CKernels
import DataParallel
import Experiments
import Foundation
import Models
import NeuralNet
import Testing

/// Every activation function that a config may name is what its description says.
@Suite struct ActivationDefinitionTests {
  /// The functions in Double, by name, of x and the parameters.
  private static let formulas: [String: @Sendable (Double, [String: Double]) -> Double] = [
    "relu": { x, _ in max(x, 0) },
    "leaky-relu": { x, p in x > 0 ? x : (p["slope"] ?? .nan) * x },
    "prelu": { x, p in x > 0 ? x : (p["slope"] ?? .nan) * x },
    "elu": { x, p in x > 0 ? x : (p["alpha"] ?? .nan) * expm1(x) },
    "gelu": { x, _ in x * 0.5 * erfc(-x / 2.0.squareRoot()) },
    "srelu": { x, p in x > 0 ? (p["alpha"] ?? .nan) * x : (p["beta"] ?? .nan) * expm1(x) },
    "sigmoid": { x, _ in 1 / (1 + exp(-x)) },
    "tanh": { x, _ in Foundation.tanh(x) },
    "silu": { x, _ in x / (1 + exp(-x)) },
  ]
  private static let inputs = (-3000...3000).map { Float($0) / 250 }

  /// The kernel's values at `inputs`.
  private static func values(_ f: Activation) -> [Float] {
    var kernel = f.namedKernel
    let slopes = [Float](repeating: f.learned.first?.initial ?? 0, count: inputs.count)
    var y = slopes
    InstructionSet.widest.kernels.activate(
      &kernel, 1, 1, inputs.count, inputs, nil, slopes, nil, &y, nil, nil, nil)
    return y
  }

  /// A function with its defaults, and with each parameter elsewhere in its range.
  private static func variations(_ definition: ActivationDefinition) -> [ActivationSpec] {
    [definition.resolved()]
      + definition.parameters.flatMap { parameter in
        [0, 0.5, 1, 3].filter { parameter.type.accepts(.number($0)) }.map {
          definition.resolved(with: [parameter.key: $0])
        }
      }
  }

  @Test(arguments: ActivationCatalogue.entries)
  func aNameIsItsFunction(_ definition: ActivationDefinition) throws {
    let formula = try #require(Self.formulas[definition.name], "\(definition.name) has no formula")
    for spec in Self.variations(definition) {
      for (x, y) in zip(Self.inputs, Self.values(try Activation(spec))) {
        let expected = formula(Double(x), spec.parameters)
        #expect(abs(Double(y) - expected) <= 1e-6 * max(1, abs(expected)), "\(spec.label)(\(x))")
      }
    }
  }

  /// What pooling before the function relies on.
  @Test(arguments: ActivationCatalogue.entries)
  func aShapeIsTrue(_ definition: ActivationDefinition) throws {
    for spec in Self.variations(definition) {
      let function = try Activation(spec)
      let y = Self.values(function)
      let bottom = y.indices.min { y[$0] < y[$1] } ?? 0
      // Neighbours may differ by a rounding.
      let rounding: Float = 2e-7
      for i in 1..<y.count {
        let step = y[i] - y[i - 1]
        switch function.shape {
        case .monotone: #expect(step >= -rounding, "\(spec.label) at \(Self.inputs[i])")
        case .valley:
          #expect(i <= bottom ? step <= rounding : step >= -rounding, "\(spec.label)")
        case .other: break
        }
      }
      if function.shape == .valley { #expect(y[bottom] < y[0] - rounding, "\(spec.label)") }
    }
  }

  @Test func eachHasALookOfItsOwn() {
    let entries = ActivationCatalogue.entries
    #expect(Set(entries.map(\.style.colour)).count == entries.count)
    #expect(Set(entries.map(\.style.point)).count == entries.count)
    #expect(entries.allSatisfy { (1...5).contains($0.style.dash) })
    #expect(Set(entries.map(\.name)).count == entries.count)
    #expect(Self.formulas.keys.sorted() == entries.map(\.name).sorted())
  }

  @Test(arguments: [("srelu", "alpha", 0.0), ("leaky-relu", "slope", -0.1), ("elu", "alpha", 101)])
  func aParameterOutOfRangeIsRefused(_ name: String, _ key: String, _ value: Double) throws {
    let definition = try #require(ActivationCatalogue.entry(named: name))
    let error = #expect(throws: TrialShapeError.self) {
      try Activation(definition.resolved(with: [key: value]))
    }
    #expect(error?.description.contains(key) == true)
  }
}

@Suite struct TrialOptimizerTests {
  /// Keras's constants to the last bit: those that every result so far was trained with.
  @Test func plainAdamIsKerass() throws {
    let adam = try #require(try TrainingSpec(epochs: 1).resolvedOptimizer() as? Adam)
    let usual = Adam()
    #expect(
      [adam.learningRate, adam.beta1, adam.beta2, adam.epsilon] == [0.001, 0.9, 0.999, 1e-7])
    #expect(adam.rate(step: 7) == usual.rate(step: 7))
  }

  @Test func parametersReachTheEngine() throws {
    var training = TrainingSpec(epochs: 1)
    training.learningRate = 0.5
    training.optimizer.parameters = [
      "beta1": .number(0.5), "beta2": .number(0.25), "epsilon": .number(0.125),
    ]
    let adam = try #require(try training.resolvedOptimizer() as? Adam)
    #expect([adam.learningRate, adam.beta1, adam.beta2, adam.epsilon] == [0.5, 0.5, 0.25, 0.125])
  }

  /// Everything that a config may name is there.
  @Test func everyOptimizerIsThere() throws {
    #expect(!OptimizerCatalogue.variants.isEmpty)
    for variant in OptimizerCatalogue.variants {
      var training = TrainingSpec(epochs: 1)
      training.optimizer = VariantSpec(variant.name)
      #expect(type(of: try training.resolvedOptimizer()).name == variant.name)
    }
    var training = TrainingSpec(epochs: 1)
    training.optimizer = VariantSpec("sgd")
    training.optimizer.parameters = ["momentum": .number(0.5), "nesterov": .flag(true)]
    let sgd = try #require(try training.resolvedOptimizer() as? SGD)
    #expect(sgd == SGD(learningRate: 0.001, momentum: 0.5, nesterov: true))
    training.optimizer = VariantSpec("nobody")
    #expect(throws: OptimizerError.self) { try training.resolvedOptimizer() }
  }
}
