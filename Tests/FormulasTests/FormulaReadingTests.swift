import Formulas
import Testing

/// What is read, what is refused and where.
@Suite struct FormulaReadingTests {
  @Test(
    arguments: [
      ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("2 - 3 - 4", -5), ("12 / 2 / 3", 2), ("-2^2", -4),
      ("2^3^2", 512), ("2^-1", 0.5), ("1 > 2 ? 3 : 4", 4), ("1 <= 1 ? 3 : 4", 3),
      ("2 > 1 ? 1 > 2 ? 5 : 6 : 7", 6), ("let u = 3; let v = u * u; u + v", 12), ("1e-3 * 1E3", 1),
      (".5 + 1.", 1.5), ("min(3, 2) + max(3, 2)", 5), ("clamp(5, 0, 2)", 2),
      ("relu(-1) + relu(2)", 2), ("abs(-2) + sign(-3)", 1), ("1 != 1 ? 2 : 3", 3),
      ("- - 2", 2), ("2 * -3", -6), ("(let u = 2; u) + 1", 3), ("sqrt(16)", 4), ("0^0", 1),
    ] as [(String, Double)])
  func arithmetic(_ text: String, _ value: Double) throws {
    #expect(try Formula(text).value(at: 7) == value, "\(text)")
  }

  @Test func constantsAndNames() throws {
    #expect(try Formula("pi").value(at: 0) == .pi)
    #expect(abs(try Formula("log(e)").value(at: 0) - 1) < 1e-15)
    let formula = try Formula("b * x + a * b + β")
    #expect(formula.parameters == ["b", "a", "β"])
    #expect(formula.parameterColumns == [1, 9, 17])
    #expect(formula.value(at: 10, [2, 3, 4]) == 30)
  }

  /// Each fault with its column and a word of what it says.
  @Test(
    arguments: [
      ("", 1, "a number, a name"), ("x +", 4, "found the end"), ("2x", 2, "2 * x"),
      ("x x", 3, "an operator"), ("(x", 3, "parenthesis in column 1"), ("x)", 2, "found ‘)’"),
      ("sigmod(x)", 1, "sigmoid"), ("exp", 1, "exp(x)"), ("exp(x, x)", 1, "takes 1 argument"),
      ("max(x)", 1, "takes 2 arguments"), ("x ** 2", 3, "‘^’"), ("x > 0", 6, "‘?’"),
      ("x ? 1 : 2", 3, "comparison"), ("x > 0 ? 1", 10, "‘:’"), ("1 < x < 2 ? 1 : 0", 7, "chained"),
      ("let x = 1; x", 5, "already has a meaning"), ("let u = (1) u", 13, "‘;’"),
      ("let = 1; x", 5, "a name"), ("x = 1 ? 2 : 3", 3, "=="), ("x § 1", 3, "means nothing"),
      ("1e999", 1, "is not a number"), (".", 1, "is not a number"), ("x(1)", 1, "x * (…)"),
      ("a + let a = 1; a", 5, "a number, a name"), ("a + (let a = 1; a)", 10, "parameter"),
      ("x > 0 && x < 1 ? 1 : 0", 7, "nest"),
    ] as [(String, Int, String)])
  func faults(_ text: String, _ column: Int, _ word: String) {
    let error = #expect(throws: FormulaError.self) { try Formula(text) }
    #expect(error?.column == column, "\(text): \(error?.description ?? "")")
    #expect(error?.message.contains(word) == true, "\(text): \(error?.description ?? "")")
    #expect(error?.exitCode.rawValue == 64)
  }

  /// Nothing that is long or deep is read for long.
  @Test func limits() throws {
    for text in [
      String(repeating: "(", count: 1900), String(repeating: "-", count: 1900) + "x",
      String(repeating: "x^", count: 900) + "x", String(repeating: "x+", count: 1500) + "x",
      "x" + String(repeating: " > 0 ? x", count: 200), String(repeating: "let u = ", count: 200),
      String(repeating: "exp(", count: 400) + "x" + String(repeating: ")", count: 400),
    ] {
      #expect(throws: FormulaError.self) { try Formula(text) }
    }
    // Subexpressions are shared: what is written out doubles with each line.
    let doubling = (0..<60).map { "let u\($0) = \($0 == 0 ? "x" : "u\($0 - 1)") * (1 + x); " }
    let shared = try Formula(doubling.joined() + "u59 / x")
    #expect(shared.simplified.utf8.count < 10_000 && shared.derivativeText.utf8.count < 40_000)
    #expect(shared.latex.utf8.count < 20_000)
    let products = (1..<40).map { "let u\($0) = (u\($0 - 1) * sin(x)) * (u\($0 - 1) * x); " }
    #expect((try? Formula("let u0 = x; " + products.joined() + "u39 / cos(x)")) != nil)
    let many = (0..<17).map { "p\($0)" }.joined(separator: " + ")
    #expect(throws: FormulaError.self) { try Formula(many) }
  }

  /// A printed formula reads back as the same function.
  @Test(arguments: Functions.texts)
  func whatIsPrintedReadsBack(_ text: String) throws {
    let formula = try Formula(text)
    let values = Functions.values(formula)
    for printed in [formula.simplified, formula.derivativeText] {
      let again = try Formula(printed)
      let order = again.parameters.map { name in
        values[formula.parameters.firstIndex(of: name) ?? 0]
      }
      for x in Functions.inputs {
        let expected =
          printed == formula.simplified
          ? formula.value(at: x, values) : formula.derivative(at: x, values)
        let value = again.value(at: x, order)
        #expect(
          abs(value - expected) <= 1e-12 * max(1, abs(expected)), "\(text): \(printed) at \(x)")
      }
    }
  }
}

/// Formulas of every function and operator.
enum Functions {
  static let texts = [
    "x", "x > 0 ? x : 0", "x > 0 ? x : a * x", "x > 0 ? a * x : b * (exp(x) - 1)",
    "x * sigmoid(a * x)", "x * tanh(log(1 + exp(x)))", "x * 0.5 * (1 + erf(x / sqrt(2)))",
    "x * normcdf(x)", "softplus(x)", "x / (1 + abs(x))", "clamp(x / 6 + 0.5, 0, 1) * x",
    "log(1 / (1 + exp(-x)))", "x - tanh(x)", "x + sin(a * x)^2 / a", "exp(-x^2)",
    "(sqrt(x^2 + 1) - 1) / 2 + x", "x / sqrt(1 + a * x^2)", "atan(x) * cos(x)",
    "(a + b * x + x^2) / (1 + abs(c * x + x^2))", "x * erf(softplus(x))",
    "x * log1p(sigmoid(x))", "x * tanh(exp(min(x, 20)))", "abs(x)^a", "(1 + x^2)^-0.5 * x",
    "let u = x * a; u * sigmoid(u) - sign(x) * b", "expm1(min(x, 1)) - log1p(abs(x))",
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "x * (1 - exp(-abs(x)))", "2^(x / 4)",
    "x >= 1 ? x^3 : x < -1 ? -1 : x",
  ]
  /// Not at kinks.
  static let inputs = [
    -31.7, -8.1, -3.3, -1.7, -0.9, -0.3, -0.011, 0.017, 0.4, 0.95, 1.3, 4.7, 17.3,
  ]

  static func values(_ formula: Formula) -> [Double] {
    formula.parameters.indices.map { 0.6 + 0.35 * Double($0) }
  }
}
