import Formulas
import Models
import NeuralNet

extension Target {
  /// Activation formulas: what is read is printed, read back, differentiated, looked through for faults, its
  /// shape proved, compiled and run.
  static let formula = Target(
    name: "formula",
    words: [
      "x", "(", ")", "-", "^", " ? ", " : ", "x > 0 ? ", "let u = ", "; ", "u * u", ", ", "exp(",
      "log(", "log1p(", "expm1(", "sqrt(", "abs(", "sign(", "min(", "max(", "clamp(", "sin(",
      "cos(",
      "atan(", "tanh(", "sigmoid(", "softplus(", "erf(", "normcdf(", "relu(", "pi", "e", "β",
      "1e308",
      "1e-308", "0", "1", "2", "0.5", " == ", " != ", " <= ", " / ", " * ", " + ", "α", "&&", "**",
      "(x^2 + 1)", "(1 + exp(-x))", "/ x", "^-8", "^0.5",
    ], weight: 1, longest: 2000
  ) { bytes in
    let formula = try Formula(String(decoding: bytes, as: UTF8.self))
    let values = formula.parameters.indices.map { 0.6 + 0.35 * Double($0) }
    check(formula, readsBackFrom: formula.simplified, values)
    for text in [formula.derivativeText] + formula.parameters.indices.map(formula.gradientText) {
      readBack(text)
    }
    require(formula.latex.utf8.count + formula.derivativeLatex.utf8.count < 1 << 20, "long LaTeX")
    _ = formula.jump(at: 0, values, upTo: 3)
    _ = formula.finiteness(values, learned: Set(formula.parameters), within: 1e4)
    check(formula.shape(values.map { $0...$0 }), of: formula, values)
    for isLearned in [false, true] {
      let parameters = zip(formula.parameters, values).map { name, value in
        isLearned
          ? FormulaParameter.learned(
            .init(name, initial: Float(value), scope: .layer), -Double.infinity...Double.infinity)
          : .fixed(value)
      }
      let found = try Activation(formula, parameters).evaluated(at: inputs)
      require(found.values.count == inputs.count, "values")
    }
  }

  private static let inputs: [Float] = [
    -1e30, -1000, -30, -7.3, -1.1, -0.3, -1e-6, 0, 1e-20, 0.2, 0.9, 3.7, 12, 88, 1e4, 3e38, .nan,
  ]

  /// Ends the process: a worker's failure.
  private static func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
  }

  /// A printed text reads back but for the limits of what is read.
  @discardableResult
  private static func readBack(_ text: String) -> Formula? {
    do throws(FormulaError) {
      return try Formula(text)
    } catch {
      let isLimit = error.message.contains("more than") || error.message.contains("too many")
      require(isLimit, "‘\(text)’ doesn't read back: \(error)")
      return nil
    }
  }

  private static func check(
    _ formula: Formula, readsBackFrom text: String, _ values: [Double]
  ) {
    guard let again = readBack(text) else { return }
    let known = Dictionary(
      zip(formula.parameters, values), uniquingKeysWith: { first, _ in first })
    let order = again.parameters.map { known[$0] ?? .nan }
    for x in inputs.map(Double.init) {
      let (one, other) = (formula.value(at: x, values), again.value(at: x, order))
      // Where terms cancel, another order of the same operations rounds otherwise.
      require(
        abs(one - other) <= 1e-6 * max(1, abs(one)) || !one.isFinite || abs(x) > 100,
        "‘\(text)’ is \(other) at \(x), not \(one)")
    }
  }

  /// What is proved holds between the inputs, rounding aside.
  private static func check(_ shape: FormulaShape, of formula: Formula, _ values: [Double]) {
    guard shape != .other else { return }
    var hasRisen = false
    var last = -Double.infinity
    for x in stride(from: -20.0, through: 20, by: 0.37) {
      let value = formula.value(at: x, values)
      require(!value.isNaN, "a shape is proved though there is no value at \(x)")
      // Beyond the largest double nothing more is known of it.
      guard value.isFinite else { continue }
      let tolerance = 1e-9 * max(1, abs(value))
      if value > last + tolerance, last > -.infinity { hasRisen = true }
      require(
        value >= last - tolerance || shape == .valley && !hasRisen,
        "\(shape) is proved, but it falls at \(x)")
      last = value
    }
  }
}
