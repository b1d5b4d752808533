import Formulas
import Testing

@Suite struct FormulaDerivativeTests {
  private static func difference(_ f: (Double) -> Double, _ x: Double) -> Double {
    // The error falls with h⁴.
    let h = 1e-3 * min(1, abs(x))
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
  }

  /// nil where the function isn't smooth on the way, so that a second, finer difference disagrees.
  private static func smoothDifference(_ f: (Double) -> Double, _ x: Double) -> Double? {
    let (coarse, fine) = (difference(f, x), (f(x + 1e-6) - f(x - 1e-6)) / 2e-6)
    guard coarse.isFinite, abs(coarse) < 1e6, abs(coarse - fine) <= 1e-5 * max(1, abs(coarse))
    else { return nil }
    return coarse
  }

  @Test(arguments: Functions.texts)
  func derivativesAreDifferences(_ text: String) throws {
    let formula = try Formula(text)
    let values = Functions.values(formula)
    for x in Functions.inputs {
      let expected = Self.difference({ formula.value(at: $0, values) }, x)
      let found = formula.derivative(at: x, values)
      #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(text) at \(x)")
      for (index, gradient) in formula.gradients(at: x, values).enumerated() {
        let expected = Self.difference(
          { value in
            var moved = values
            moved[index] = value
            return formula.value(at: x, moved)
          }, values[index])
        #expect(
          abs(gradient - expected) <= 1e-6 * max(1, abs(expected)),
          "\(text) by \(formula.parameters[index]) at \(x)")
      }
    }
  }

  /// At a kink the branch counts that the condition takes there.
  @Test(
    arguments: [
      ("x > 0 ? x : 0.1 * x", 0.1), ("x >= 0 ? x : 0.1 * x", 1), ("relu(x)", 0), ("abs(x)", 0),
    ] as [(String, Double)])
  func kinks(_ text: String, _ derivative: Double) throws {
    #expect(try Formula(text).derivative(at: 0) == derivative, "\(text)")
  }

  /// A random formula's derivatives against differences.
  @Test func randomFormulas() throws {
    var random = RandomFormulas(seed: 7)
    var (checked, gradients) = (0, 0)
    for _ in 0..<1000 {
      let text = random.expression(depth: 4)
      let formula = try Formula(text)
      let values = Functions.values(formula)
      for x in [-1.37, 0.43, 2.19] {
        if let expected = Self.smoothDifference({ formula.value(at: $0, values) }, x) {
          checked += 1
          let found = formula.derivative(at: x, values)
          #expect(abs(found - expected) <= 1e-4 * max(1, abs(expected)), "\(text) at \(x)")
        }
        for (index, found) in formula.gradients(at: x, values).enumerated() {
          let expected = Self.smoothDifference(
            { value in
              var moved = values
              moved[index] = value
              return formula.value(at: x, moved)
            }, values[index])
          guard let expected else { continue }
          gradients += 1
          #expect(
            abs(found - expected) <= 1e-4 * max(1, abs(expected)),
            "\(text) by \(formula.parameters[index]) at \(x)")
        }
      }
    }
    #expect(gradients > 1500, "\(gradients)")
    #expect(checked > 1500, "\(checked)")
  }

  /// What is checked when a formula is read: no true derivative is refused, and a wrong one is.
  @Test func differencesTellWrongDerivatives() throws {
    var random = RandomFormulas(seed: 11)
    let texts = Functions.texts + (0..<1000).map { _ in random.expression(depth: 4) }
    var (told, asked) = (0, 0)
    for text in texts {
      let formula = try Formula(text)
      let values = Functions.values(formula)
      let learned = Set(formula.parameters)
      let found = formula.disagreement(values, learned: learned)
      #expect(found == nil, "\(text): \(String(describing: found))")
      for x in DifferenceQuotient.inputs {
        let quotient = DifferenceQuotient(at: x, isSmooth: { _, _ in true }) {
          formula.value(at: $0, values)
        }
        guard let quotient else { continue }
        let slope = formula.derivative(at: x, values)
        asked += 1
        if !quotient.allows(slope + 0.01 * max(0.1, abs(slope))) { told += 1 }
      }
    }
    #expect(asked > 10_000 && told > asked * 9 / 10, "\(told) of \(asked)")
  }

  /// A wave that has turned whole between the points of a difference.
  @Test func wavesDontHideDerivatives() throws {
    for waves in [200.0, 2000, 8000] {
      let formula = try Formula("sin(w * x)")
      #expect(formula.disagreement([waves * .pi], learned: ["w"]) == nil, "\(waves)")
    }
  }

  /// The stable forms: the naive ones overflow or cancel.
  @Test(
    arguments: [
      ("log(1 + exp(x))", 1000, 1000), ("1 / (1 + exp(-x))", -800, 0),
      ("x / (1 + exp(-x))", 500, 500),
      ("exp(x) / (1 + exp(x))", 1000, 1), ("(exp(2 * x) - 1) / (exp(2 * x) + 1)", 1000, 1),
      ("exp(x) - 1", 1e-20, 1e-20), ("log(1 + x)", 1e-20, 1e-20), ("log(sigmoid(x))", -900, -900),
      ("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", -1000, -1),
    ] as [(String, Double, Double)])
  func stableForms(_ text: String, _ x: Double, _ value: Double) throws {
    let formula = try Formula(text)
    #expect(abs(formula.value(at: x) - value) <= 1e-12 * abs(value), "\(text)")
    #expect(formula.derivative(at: x).isFinite, "\(text)")
  }

  @Test func spellingsOfOneFunctionSimplifyAlike() throws {
    for (one, other) in [
      ("x / (1 + exp(-x))", "x * sigmoid(x)"),
      ("0.5 * x * (1 + erf(x / sqrt(2)))", "x * normcdf(x)"),
      ("max(x, 0)", "x > 0 ? x : 0"), ("exp(x) - 1", "expm1(x)"), ("x + 0 * x", "x"),
      ("log(1 + exp(x))", "softplus(x)"), ("x^2", "x * x"), ("--x", "x"), ("e^x", "exp(x)"),
    ] {
      #expect(try Formula(one).simplified == Formula(other).simplified, "\(one)")
    }
  }
}

/// Texts of random formulas, a function of the seed.
struct RandomFormulas {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % count
  }

  mutating func expression(depth: Int) -> String {
    func leaf(_ choice: Int) -> String { ["x", "x", "0.5", "a", "b", "2"][choice] }
    guard depth > 0, below(8) > 0 else { return leaf(below(6)) }
    let one = expression(depth: depth - 1)
    switch below(4) {
    case 0:
      let names = [
        "tanh", "sigmoid", "softplus", "sin", "cos", "atan", "erf", "normcdf", "abs", "relu",
      ]
      return "\(names[below(names.count)])(\(one))"
    case 1:
      return "(\(one) \(["<", "<=", ">", ">="][below(4)]) \(expression(depth: depth - 1)) ? "
        + "\(expression(depth: depth - 1)) : \(one))"
    case 2: return "(\(one))\(["^2", "^3", " / (2 + x^2)"][below(3)])"
    default:
      return "(\(one) \(["+", "-", "*"][below(3)]) \(expression(depth: depth - 1)))"
    }
  }
}
