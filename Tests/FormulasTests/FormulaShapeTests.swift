import Formulas
import Testing

@Suite struct FormulaShapeTests {
  @Test(
    arguments: [
      ("x", .nondecreasing), ("3", .nondecreasing), ("relu(x)", .nondecreasing),
      ("x > 0 ? x : 0.01 * x", .nondecreasing), ("x > 0 ? x : -0.2 * x", .valley),
      ("x > 0 ? 1.7 * x : 0.4 * expm1(x)", .nondecreasing), ("tanh(x)", .nondecreasing),
      ("x > 0 ? x : -0.3 * expm1(x)", .valley), ("softplus(x)", .nondecreasing),
      ("x * sigmoid(x)", .valley), ("x * normcdf(x)", .valley), ("x * tanh(softplus(x))", .valley),
      ("x / (1 + abs(x))", .nondecreasing), ("abs(x)", .valley), ("x^2", .valley),
      ("x * clamp(x / 6 + 0.5, 0, 1)", .valley), ("atan(x)", .nondecreasing),
      ("x^3", .nondecreasing),
      // These rise, then fall, or more.
      ("exp(-x^2)", .other), ("sin(x)", .other), ("-x", .valley), ("x > 0 ? -x : x", .other),
      // A jump downward, and one upward.
      ("x > 0 ? x - 1 : x", .other), ("x > 0 ? x + 1 : x", .nondecreasing),
      ("x > 100 ? x - 1e-3 : x", .other), ("2 * x > 1 ? x : x + 1", .other),
      ("x - 1 > 0 ? x - 1 : x + 3", .other), ("x * x > 1 ? x : x + 3", .other),
      ("x > 0 ? x^2.5 : 5 - abs(x)^2.5", .other), ("x + 2 * sin(x)", .other),
      // A dip between two floats of a coarse grid.
      ("x - 3 * exp(-(1000 * (x - 0.7))^2)", .other),
    ] as [(String, FormulaShape)])
  func shapes(_ text: String, _ shape: FormulaShape) throws {
    #expect(try Formula(text).shape() == shape, "\(text)")
  }

  /// Where a valley turns, to the float.
  @Test(
    arguments: [
      ("abs(x)", 0, 0), ("x * exp(x) + (x > 700 ? x : 0)", -1, -1), ("(x - 2)^2", 2, 2),
      ("x * clamp(x / 6 + 0.5, 0, 1)", -1.5, -1.5), ("max(abs(x) - 3, 0)", -3, 3),
      ("-x", .greatestFiniteMagnitude, .infinity), ("x", -.infinity, -.greatestFiniteMagnitude),
      ("sin(x)", .infinity, -.infinity),
    ] as [(String, Float, Float)])
  func turns(_ text: String, _ risesFrom: Float, _ fallsUntil: Float) throws {
    let course = try Formula(text).course()
    #expect(
      abs(course.risesFrom - risesFrom) <= 1e-6 * abs(risesFrom) || course.risesFrom == risesFrom)
    #expect(
      abs(course.fallsUntil - fallsUntil) <= 1e-6 * abs(fallsUntil)
        || course.fallsUntil == fallsUntil)
  }

  /// For every value of the parameters.
  @Test func shapesOverParameters() throws {
    let swish = try Formula("x * sigmoid(b * x)")
    #expect(swish.shape([0.7...0.7]) == .valley)
    #expect(swish.shape([-1...1]) == .other)
    let jump = try Formula("x > 0 ? x : x + a")
    #expect(jump.shape([-1...1]) == .other && jump.shape([-5 ... -5]) == .nondecreasing)
    let elu = try Formula("x > 0 ? a * x : b * expm1(x)")
    #expect(elu.shape([0.5...2, 0.1...1]) == .nondecreasing)
    #expect(elu.shape([0.5...2, -1...1]) == .other)
    #expect(elu.shape([-Double.infinity...Double.infinity, 0...1]) == .other)
  }

  /// What is proved holds between any two floats that are tried.
  @Test(arguments: Functions.texts)
  func provedShapesHold(_ text: String) throws {
    let formula = try Formula(text)
    let values = Functions.values(formula)
    let shape = formula.shape(values.map { $0...$0 })
    guard shape != .other else { return }
    let inputs = stride(from: -40.0, through: 40, by: 0.0137).map { $0 }
    var hasRisen = false
    for (x, next) in zip(inputs, inputs.dropFirst()) {
      let change = formula.value(at: next, values) - formula.value(at: x, values)
      if change > 1e-9 { hasRisen = true }
      let falls = change < -1e-9
      #expect(!falls || shape == .valley && !hasRisen, "\(text) falls at \(x)")
    }
  }

  @Test(
    arguments: [
      ("log(x)", 0, "log(x)"), ("exp(x)", 88.72284, "exp(x)"), ("1 / x", 0, "1 / x"),
      ("x * tanh(exp(x))", 88.72284, "exp(x)"), ("sqrt(x + 2)", -2, "sqrt"),
      ("exp(x) / (2 + exp(x))", 88.72284, "exp(x)"), ("abs(x)^0.5", 0, "/"),
      // At a single float, or a few.
      ("1 / (x - 0.3)", 0.3, "1 / (x - 0.3)"), ("log(abs(x + 0.7))", -0.7, "log"),
      ("abs(x - 1.5) < 1e-6 ? log(-x) : x", 1.5, "log(-x)"),
      ("tanh(1 / (x - 2.7))", 2.7, "1 / (x - 2.7)"), ("x / (3.3 + x)", -3.3, "/ (3.3 + x)"),
      ("x == 7.1 ? log(x - x) : x", 7.1, "log(0)"),
      // Conditions that meet NaN, also through infinities.
      ("sqrt(x) > 1 ? x : 0", 0, "sqrt(x)"), ("relu(x^1.5)", 0, "x^1.5"),
      ("max(log(x), -3)", 0, "log(x)"), ("clamp(x / abs(x), -1, 1)", 0, "x / abs(x)"),
      ("exp(2 * x) - exp(x) > 5 ? 1 : 0.1 * x", 88.72284, "exp(2 * x)"),
      ("let u = x > 0.297 ? x < 0.3046 ? 1e39 : 0 : 0; x + sin(u) * cos(u)", 0.297, "1e+39"),
      // Nearer to 0 than an overflow.
      ("x^2 + x^11 + 0.001 / (x - 1.0100001)", 1.0100001, "0.001 / (x - 1.0100001)"),
    ] as [(String, Float, String)])
  func faultsAreFound(_ text: String, _ x: Float, _ part: String) throws {
    let fault = try #require(try Formula(text).finiteness([], within: 1e4).fault, "\(text)")
    #expect(abs(fault.x - x) <= 1e-4 * max(1, abs(x)), "\(text): \(fault)")
    #expect(fault.part.contains(part), "\(text): \(fault)")
    #expect(!fault.value.isFinite)
  }

  @Test(arguments: [
    "x > 0 ? x : exp(x)", "relu(x)^2", "x > 0 ? log(1 + x) : x", "x * tanh(exp(min(x, 20)))",
    "x / sqrt(1 + x^2)", "relu(x)^1.5", "x <= 0 ? (-x)^2.5 : x", "1 / (x - 20000)",
    "x * exp(-x^2)", "1 / (1 + exp(-x))", "x * exp(x) / (1 + exp(x))", "exp(x) * x / (exp(x) + 1)",
    "x * (exp(x) - exp(-x)) / (exp(x) + exp(-x))", "(1 - exp(-2 * x)) / (1 + exp(-2 * x))",
    "x * (1 - exp(-x)) / (1 + exp(-x))", "x / sqrt(x * x + 1e-33)",
    "x > 0 ? log(x) > 1 ? x : log(2.718281828459045) : 1", "log(1 + exp(x)) * tanh(x)",
    "x / (1 + abs(x))",
  ])
  func noFaultIsFoundWhereThereIsNone(_ text: String) throws {
    #expect(try Formula(text).finiteness([], within: 1e4) == .proved, "\(text)")
  }

  /// By a learned parameter the derivative may not exist where the value does.
  @Test func gradientsHaveFaults() throws {
    let formula = try Formula("x * sqrt(abs(a - 1))")
    #expect(formula.finiteness([1], within: 1e4).fault == nil)
    let fault = try #require(formula.finiteness([1], learned: ["a"], within: 1e4).fault)
    #expect(fault.subject == .gradient(parameter: "a"))
  }
}
