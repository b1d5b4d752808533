import Formulas
import Models

/// An activation function: all that the program knows of it. Validation, labels, columns, figures, the
/// reference of keys and the function itself come from this description.
package struct ActivationDefinition: Sendable {
  package struct Style: Hashable, Sendable {
    /// `#rrggbb`.
    package let colour: String
    /// gnuplot's dash type, from 1, a whole line, to 5.
    package let dash: Int
    /// gnuplot's point type.
    package let point: Int

    /// That of a function that isn't known.
    package static let unknown = Style(colour: "#000000", dash: 5, point: 6)

    /// This style with another dash: that of the `index`-th of several of one function, counted from 0.
    package func dashed(_ index: Int) -> Style {
      Style(colour: colour, dash: (dash - 1 + index) % 5 + 1, point: point)
    }
  }

  package let name: String
  package let displayName: String
  /// What it is, and its source.
  package let purpose: String
  /// Its parameters, in the order in which they are written.
  package let parameters: [Setting]
  /// The function as a formula of its parameters' keys.
  package let formula: String
  /// The function by its hand-written kernel, given the value of each parameter by its key; nil where the
  /// formula is what is computed.
  package let function: (@Sendable (_ value: (String) -> Float) -> Activation)?
  package let style: Style
  /// The parameters of its formula that are learned unless a config fixes them, as in the original.
  package let learned: [String: LearnedByDefault]

  /// How a parameter is learned that a config doesn't say it of.
  package struct LearnedByDefault: Hashable, Sendable {
    package var scope: Activation.Learned.Scope
    package var bounds: ParameterBounds?
  }

  init(
    _ name: String, _ displayName: String, _ purpose: String, parameters: [Setting] = [],
    learned: [String: LearnedByDefault] = [:], style: Style, formula: String,
    function: (@Sendable (_ value: (String) -> Float) -> Activation)? = nil
  ) {
    self.name = name
    self.displayName = displayName
    self.purpose = purpose
    self.parameters = parameters
    self.learned = learned
    self.style = style
    self.formula = formula
    self.function = function
  }

  /// The parameters that its hand-written kernel learns without being told to.
  package var learnedByKernel: [Activation.Learned] { function?({ _ in 0 }).learned ?? [] }

  /// This function with `parameters` where they are given and the defaults elsewhere.
  package func resolved(with parameters: [String: Double] = [:]) -> ActivationSpec {
    var values: [String: Double] = [:]
    for parameter in self.parameters {
      values[parameter.key] =
        parameters[parameter.key] ?? parameter.defaultValue.flatMap(Double.init)
    }
    return ActivationSpec(
      name: name, parameters: values, learned: learned.mapValues(\.scope),
      bounds: learned.compactMapValues(\.bounds))
  }
}

/// Every activation function that a config may name. A new one is an entry here or among `formulas`, and a kernel
/// where its formula's program is too slow.
package enum ActivationCatalogue {
  /// Every function, in the order of the paper's tables, then the others. The colours are Okabe and Ito's,
  /// which people with any common colour blindness tell apart.
  package static let entries: [ActivationDefinition] = withKernels + formulas

  /// Those that have a hand-written kernel.
  private static let withKernels: [ActivationDefinition] = [
    ActivationDefinition(
      "relu", "ReLU", "max(x, 0) (Nair & Hinton 2010).",
      style: .init(colour: "#0072B2", dash: 2, point: 5), formula: "max(x, 0)",
      function: { _ in .relu }),
    ActivationDefinition(
      "leaky-relu", "Leaky ReLU", "x for x > 0, slope·x otherwise (Maas et al. 2013).",
      parameters: [slope(0.01, "The slope for negative inputs.")],
      style: .init(colour: "#56B4E9", dash: 4, point: 4),
      formula: "x > 0 ? x : slope * x",
      function: { .leakyReLU(slope: $0("slope")) }),
    ActivationDefinition(
      "prelu", "PReLU",
      "Leaky ReLU whose slopes are learned, one per unit or channel (He et al. 2015).",
      parameters: [slope(0.25, "The slope for negative inputs that learning starts from.")],
      style: .init(colour: "#009E73", dash: 5, point: 9),
      formula: "x > 0 ? x : slope * x",
      function: { .parametricReLU(initialSlope: $0("slope")) }),
    ActivationDefinition(
      "elu", "ELU", "x for x > 0, α(eˣ − 1) otherwise (Clevert et al. 2016).",
      parameters: [scale("alpha", "α", 1, "The negative of the limit for small inputs.")],
      style: .init(colour: "#E69F00", dash: 2, point: 11), formula: "x > 0 ? x : alpha * expm1(x)",
      function: { .elu(alpha: $0("alpha")) }),
    ActivationDefinition(
      "gelu", "GELU", "x·Φ(x), exactly (Hendrycks & Gimpel 2016).",
      style: .init(colour: "#CC79A7", dash: 4, point: 13), formula: "x * normcdf(x)",
      function: { _ in .gelu }),
    ActivationDefinition(
      "srelu", "SReLU", "αx for x > 0, β(eˣ − 1) otherwise.",
      parameters: [
        scale("alpha", "α", 1, positive: true, "The slope for positive inputs."),
        scale(
          "beta", "β", 0.1,
          "The negative of the limit for small inputs; 0.1 is this project's choice."),
      ],
      style: .init(colour: "#D55E00", dash: 1, point: 7),
      formula: "x > 0 ? alpha * x : beta * expm1(x)",
      function: { .srelu(alpha: $0("alpha"), beta: $0("beta")) }),
    ActivationDefinition(
      "sigmoid", "Sigmoid", "1 / (1 + e⁻ˣ).",
      style: .init(colour: "#000000", dash: 5, point: 1), formula: "sigmoid(x)",
      function: { _ in .sigmoid }),
    ActivationDefinition(
      "tanh", "Tanh", "The hyperbolic tangent.",
      style: .init(colour: "#7F7F7F", dash: 5, point: 2), formula: "tanh(x)",
      function: { _ in .tanh }),
    ActivationDefinition(
      "silu", "SiLU",
      "x / (1 + e⁻ˣ), also called swish (Elfwing et al. 2018; Ramachandran et al. 2018).",
      style: .init(colour: "#882255", dash: 3, point: 3),
      formula: "x * sigmoid(x)",
      function: { _ in
        Activation(.named("SILU"), shape: .valley, fallsUntil: -1.28, risesFrom: -1.27)
      }),
  ]

  package static var names: [String] { entries.map(\.name) }

  package static func entry(named name: String) -> ActivationDefinition? {
    entries.first { $0.name == name }
  }

  private static func slope(_ defaultValue: Double, _ purpose: String) -> Setting {
    Setting(
      "slope", .number(.init(minimum: 0, maximum: 1)), default: .number(defaultValue),
      original: true, purpose)
  }

  static func scale(
    _ key: String, _ symbol: String, _ defaultValue: Double, positive: Bool = false,
    _ purpose: String
  ) -> Setting {
    Setting(
      key, .number(.init(minimum: 0, excludesMinimum: positive, maximum: 100)),
      default: .number(defaultValue), original: true, symbol: symbol, purpose)
  }
}
