import DataParallel
import Experiments
import Formulas
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
    "aria-2": { x, p in x * pow(1 + exp(-value(p, "beta") * x), -value(p, "alpha")) },
    "bent-identity": { x, _ in (hypot(x, 1) - 1) / 2 + x },
    "celu": { x, p in max(0, x) + min(0, value(p, "alpha") * expm1(x / value(p, "alpha"))) },
    "elish": { x, _ in x > 0 ? x / (1 + exp(-x)) : expm1(x) / (1 + exp(-x)) },
    "gaussian": { x, _ in 1 / exp(x * x) },
    "gelu-tanh": { x, _ in
      x / 2 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    },
    "hard-shrink": { x, p in abs(x) > value(p, "lambda") ? x : 0 },
    "hard-sigmoid": { x, _ in min(max(x + 3, 0), 6) / 6 },
    "hard-swish": { x, _ in x * min(max(x + 3, 0), 6) / 6 },
    "hard-tanh": { x, _ in min(max(x, -1), 1) },
    "identity": { x, _ in x },
    "isrlu": { x, p in x > 0 ? x : x * pow(1 + value(p, "alpha") * x * x, -0.5) },
    "isru": { x, p in x * pow(1 + value(p, "alpha") * x * x, -0.5) },
    "lisht": { x, _ in x * (1 - 2 / (exp(2 * x) + 1)) },
    "log-sigmoid": { x, _ in -Foundation.log1p(exp(-x)) },
    "logish": { x, _ in x * log(1 + 1 / (1 + exp(-x))) },
    "mish": { x, _ in x * Foundation.tanh(Foundation.log1p(exp(x))) },
    "pade": { x, p in
      let above = (0...5).reduce(0) { $0 + value(p, "a\($1)") * pow(x, Double($1)) }
      let below = (1...4).reduce(0) { $0 + value(p, "b\($1)") * pow(x, Double($1)) }
      return above / (1 + abs(below))
    },
    "pelu": { x, p in
      let (a, b) = (value(p, "alpha"), value(p, "beta"))
      return x > 0 ? a * x / b : a * expm1(x / b)
    },
    "penalised-tanh": { x, _ in Foundation.tanh(x) * (x > 0 ? 1 : 0.25) },
    "phish": { x, _ in x * Foundation.tanh(x * 0.5 * erfc(-x / 2.0.squareRoot())) },
    "quick-gelu": { x, _ in x / (1 + exp(-1.702 * x)) },
    "relu6": { x, _ in min(max(x, 0), 6) },
    "s-shaped-relu": { x, p in
      let (high, low) = (value(p, "tr"), value(p, "tl"))
      if x >= high { return high + value(p, "ar") * (x - high) }
      return x > low ? x : low + value(p, "al") * (x - low)
    },
    "selu": { x, _ in
      1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x))
    },
    "serf": { x, _ in x * erf(Foundation.log1p(exp(x))) },
    "sine": { x, p in sin(value(p, "omega") * x) },
    "smish": { x, _ in x * Foundation.tanh(log(1 + 1 / (1 + exp(-x)))) },
    "snake": { x, p in
      x + (1 - cos(2 * value(p, "alpha") * x)) / (2 * value(p, "alpha"))
    },
    "soft-shrink": { x, p in x - min(max(x, -value(p, "lambda")), value(p, "lambda")) },
    "softplus": { x, _ in log(1 + exp(x)) },
    "softsign": { x, _ in x / (1 + abs(x)) },
    "squared-relu": { x, _ in x > 0 ? x * x : 0 },
    "swish": { x, p in x / (1 + exp(-value(p, "beta") * x)) },
    "tanh-exp": { x, _ in x * Foundation.tanh(exp(x)) },
    "tanh-shrink": { x, _ in x - Foundation.tanh(x) },
  ]

  private static func value(_ parameters: [String: Double], _ key: String) -> Double {
    parameters[key] ?? .nan
  }

  private static let inputs = (-3000...3000).map { Float($0) / 250 }

  /// A function with its defaults, and with each parameter elsewhere in its range.
  private static func variations(_ definition: ActivationDefinition) -> [ActivationSpec] {
    // With other coefficients a rational function has poles, near which no float is right.
    guard definition.name != "pade" else { return [definition.resolved()] }
    return [definition.resolved()]
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
      for (x, y) in zip(Self.inputs, try Activation(spec).evaluated(at: Self.inputs).values) {
        let expected = formula(Double(x), spec.parameters)
        #expect(
          abs(Double(y) - expected) <= 1e-6 * max(1, abs(expected), abs(Double(x))),
          "\(spec.label)(\(x))")
      }
    }
  }

  /// The formula of a function with a hand-written kernel is what the kernel computes, and its derivative.
  @Test(arguments: ActivationCatalogue.entries)
  func aFormulaIsItsKernel(_ definition: ActivationDefinition) throws {
    let formula = try Formula(definition.formula)
    for spec in Self.variations(definition) {
      let parameters = formula.parameters.map { spec.parameters[$0] ?? .nan }
      let found = try Activation(spec).evaluated(at: Self.inputs)
      for (index, x) in Self.inputs.enumerated() {
        let exact = formula.value(at: Double(x), parameters)
        let slope = formula.derivative(at: Double(x), parameters)
        // ωx is rounded before its sine is taken.
        let rounding = abs(Double(x) * slope) * 1e-6
        #expect(abs(Double(found.values[index]) - exact) <= 1e-6 * max(1, abs(exact)) + rounding)
        #expect(
          abs(Double(found.derivatives[index]) - slope) <= 2e-6 * max(1, abs(slope))
            * max(1, abs(Double(x))),
          "\(spec.label)′(\(x))")
      }
      // Where a network works, nothing overflows.
      #expect(formula.finiteness(parameters, within: ActivationDefinition.inputLimit) == .proved)
    }
  }

  /// What pooling before the function relies on.
  @Test(arguments: ActivationCatalogue.entries)
  func aShapeIsTrue(_ definition: ActivationDefinition) throws {
    for spec in Self.variations(definition) {
      let function = try Activation(spec)
      let y = function.evaluated(at: Self.inputs).values
      let bottom = y.indices.min { y[$0] < y[$1] } ?? 0
      // Neighbours may differ by a rounding.
      for i in 1..<y.count {
        let step = y[i] - y[i - 1]
        let rounding = 2e-7 * max(1, abs(y[i]))
        switch function.shape {
        case .monotone: #expect(step >= -rounding, "\(spec.label) at \(Self.inputs[i])")
        case .valley:
          #expect(i <= bottom ? step <= rounding : step >= -rounding, "\(spec.label)")
        case .other: break
        }
      }
      if function.shape == .valley { #expect(y[bottom] < y[0] - 2e-7, "\(spec.label)") }
    }
  }

  @Test func eachHasALookOfItsOwn() {
    let entries = ActivationCatalogue.entries
    #expect(Set(entries.map(\.style)).count == entries.count)
    let usual = entries.prefix(9)
    #expect(Set(usual.map(\.style.colour)).count == usual.count)
    #expect(Set(usual.map(\.style.point)).count == usual.count)
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

  /// A formula runs on the hand-written kernel of the function that it spells, and only of that.
  @Test(
    arguments: [
      ("max(x, 0)", .relu), ("x > 0 ? x : 0", .relu), ("relu(x)", .relu),
      ("x > 0 ? x : 0.01 * x", .leakyReLU(slope: 0.01)),
      ("x > 0 ? x : 0.3 * (exp(x) - 1)", .elu(alpha: 0.3)),
      ("x > 0 ? 1.5 * x : 0.1 * expm1(x)", .srelu(alpha: 1.5, beta: 0.1)),
      ("x > 0 ? x : exp(x) - 1", .elu(alpha: 1)),
      ("x > 0 ? 2 * x : expm1(x)", .srelu(alpha: 2, beta: 1)),
      ("x * normcdf(x)", .gelu), ("0.5 * x * (1 + erf(x / sqrt(2)))", .gelu),
      ("1 / (1 + exp(-x))", .sigmoid), ("tanh(x)", .tanh),
      // Another derivative at 0, other functions.
      ("x >= 0 ? x : 0", nil), ("x > 0 ? x : 2 * x", nil), ("x > 0 ? x : -0.01 * x", nil),
      ("x > 1 ? x : 0", nil), ("x * sigmoid(1.702 * x)", nil), ("x > 0 ? x : expm1(0.3 * x)", nil),
    ] as [(String, Activation?)])
  func aFormulaRunsOnItsKernel(_ text: String, _ kernel: Activation?) throws {
    let activation = try Activation(ActivationSpec(name: "f", formula: text))
    if let kernel {
      #expect(activation == kernel, "\(text)")
    } else if case .named(let name, _, _) = activation.kernel {
      Issue.record("\(text) runs on \(name)")
    }
  }

  /// A learned slope has the kernel only where each channel has its own.
  @Test func aLearnedSlopeRunsOnItsKernel() throws {
    for scope in Activation.Learned.Scope.allCases {
      let activation = try Activation(
        ActivationSpec(
          name: "f", formula: "x > 0 ? x : a * x", parameters: ["a": 0.3], learned: ["a": scope]))
      #expect(activation.learned == [Activation.Learned("a", initial: 0.3, scope: scope)])
      if case .named(let name, _, _) = activation.kernel {
        #expect(scope == .channel && name == "PARAMETRIC")
      } else {
        #expect(scope != .channel)
      }
    }
  }

  /// Where the kernels' functions turn is what their formulas' proofs say, or wider.
  @Test(arguments: ["gelu", "silu"])
  func kernelsTurnWhereTheirFormulasDo(_ name: String) throws {
    let definition = try #require(ActivationCatalogue.entry(named: name))
    let activation = try Activation(definition.resolved())
    let course = try Formula(definition.formula).course()
    #expect(activation.fallsUntil <= course.fallsUntil && course.risesFrom <= activation.risesFrom)
    #expect(activation.risesFrom - activation.fallsUntil < 0.02)
  }
}
