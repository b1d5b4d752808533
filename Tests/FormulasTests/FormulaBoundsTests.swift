import Formulas
import Foundation
import Testing

@Suite struct FormulaBoundsTests {
  /// A function with its infimum, supremum and Lipschitz constant over all numbers, by hand or to the
  /// digits that are given.
  struct Known: Sendable {
    let text: String
    var parameters: [Double] = []
    let range: (Double, Double)
    let lipschitz: Double
    var slopes: (Double, Double)? = nil
  }

  static let known = [
    Known(text: "relu(x)", range: (0, .infinity), lipschitz: 1, slopes: (0, 1)),
    Known(text: "x", range: (-.infinity, .infinity), lipschitz: 1, slopes: (1, 1)),
    Known(text: "3", range: (3, 3), lipschitz: 0),
    Known(
      text: "x > 0 ? a * x : b * expm1(x)", parameters: [1, 0.1], range: (-0.1, .infinity),
      lipschitz: 1, slopes: (0, 1)),
    Known(
      text: "x > 0 ? a * x : b * expm1(x)", parameters: [1, 2.5], range: (-2.5, .infinity),
      lipschitz: 2.5),
    Known(
      text: "x > 0 ? x : a * x", parameters: [-0.3], range: (0, .infinity), lipschitz: 1,
      slopes: (-0.3, 1)),
    Known(
      text: "x * normcdf(x)", range: (-0.16997120747990369, .infinity),
      lipschitz: 1.1289041451),
    Known(
      text: "x * sigmoid(x)", range: (-0.27846454276107380, .infinity), lipschitz: 1.0998393201),
    // By b: the values shrink, the slopes stay.
    Known(
      text: "x * sigmoid(b * x)", parameters: [2], range: (-0.27846454276107380 / 2, .infinity),
      lipschitz: 1.0998393201),
    Known(text: "tanh(x)", range: (-1, 1), lipschitz: 1, slopes: (0, 1)),
    Known(text: "sigmoid(x)", range: (0, 1), lipschitz: 0.25, slopes: (0, 0.25)),
    Known(text: "softplus(x)", range: (0, .infinity), lipschitz: 1, slopes: (0, 1)),
    Known(text: "x^2", range: (0, .infinity), lipschitz: .infinity),
    Known(text: "x^3", range: (-.infinity, .infinity), lipschitz: .infinity),
    Known(text: "sin(x)", range: (-1, 1), lipschitz: 1, slopes: (-1, 1)),
    Known(text: "x + sin(x)^2", range: (-.infinity, .infinity), lipschitz: 2, slopes: (0, 2)),
    Known(
      text: "x + sin(a * x)^2 / a", parameters: [0.7], range: (-.infinity, .infinity),
      lipschitz: 2),
    Known(text: "exp(-x^2)", range: (0, 1), lipschitz: 2 * exp(-0.5) / 2.0.squareRoot()),
    Known(text: "x / (1 + abs(x))", range: (-1, 1), lipschitz: 1),
    Known(text: "clamp(x, -1, 1)", range: (-1, 1), lipschitz: 1),
    Known(text: "clamp(x / 6 + 0.5, 0, 1)", range: (0, 1), lipschitz: 1 / 6.0),
    Known(text: "x * clamp(x / 6 + 0.5, 0, 1)", range: (-0.375, .infinity), lipschitz: 1.5),
    Known(text: "atan(x)", range: (-Double.pi / 2, .pi / 2), lipschitz: 1),
    Known(text: "x * tanh(x)", range: (0, .infinity), lipschitz: 1.1996786402577),
    Known(text: "x - tanh(x)", range: (-.infinity, .infinity), lipschitz: 1),
    Known(text: "log(sigmoid(x))", range: (-.infinity, 0), lipschitz: 1),
    Known(text: "abs(x)", range: (0, .infinity), lipschitz: 1),
    Known(
      text: "x * tanh(softplus(x))", range: (-0.30884341, .infinity), lipschitz: 1.0884981612),
    // It jumps.
    Known(text: "x > 0 ? 1 : 0", range: (0, 1), lipschitz: .infinity),
    Known(text: "x > 1.5 ? x : x - 0.001", range: (-.infinity, .infinity), lipschitz: .infinity),
    Known(text: "x > 0.5 ? x^2 + 1 : x^2", range: (0, .infinity), lipschitz: .infinity),
    // A spike that no grid sees.
    Known(
      text: "3 * exp(-(1000 * (x - 0.7))^2)", range: (0, 3),
      lipschitz: 3000 * 2 * exp(-0.5) / 2.0.squareRoot()),
  ]

  private func expectEnd(
    _ end: FormulaBounds.End, _ value: Double, isUpper: Bool, _ text: String
  ) {
    #expect(end.isProved, "\(text): \(end)")
    guard value.isFinite else {
      #expect(end.isUnbounded && end.found == value && end.bound == value, "\(text): \(end)")
      return
    }
    let near = 3e-7 * max(1, abs(value))
    #expect(!end.isUnbounded && abs(end.found - value) <= near, "\(text): \(end), not \(value)")
    #expect(abs(end.bound - value) <= 2e-6 * max(1, abs(value)), "\(text): \(end), not \(value)")
    #expect(isUpper ? end.bound >= end.found : end.bound <= end.found, "\(text): \(end)")
  }

  @Test(arguments: known)
  func closedForms(_ known: Known) throws {
    let bounds = try Formula(known.text).bounds(known.parameters)
    expectEnd(bounds.lower, known.range.0, isUpper: false, known.text)
    expectEnd(bounds.upper, known.range.1, isUpper: true, known.text)
    expectEnd(bounds.lipschitz, known.lipschitz, isUpper: true, known.text)
    if let slopes = known.slopes {
      expectEnd(bounds.leastSlope, slopes.0, isUpper: false, known.text)
      expectEnd(bounds.largestSlope, slopes.1, isUpper: true, known.text)
    }
  }

  @Test func jumpsAreFound() throws {
    #expect(try Formula("x > 0 ? 1 : 0").bounds().jump.map { abs($0) < 1e-40 } == true)
    #expect(
      try Formula("x > 1.5 ? x : x - 0.001").bounds().jump.map { abs($0 - 1.5) < 1e-6 } == true)
    #expect(
      try Formula("x > 0.5 ? x^2 + 1 : x^2").bounds().jump.map { abs($0 - 0.5) < 1e-6 } == true)
    for text in [
      "relu(x)", "clamp(x, -1, 1)", "x > 0 ? x^2 : 0", "abs(x)", "x > 1 ? x : 2 * x - 1",
    ] {
      #expect(try Formula(text).bounds().jump == nil, "\(text)")
    }
  }

  /// A step that overflows isn't a value without end.
  @Test(arguments: [
    "log(1 + exp(x) + exp(2 * x)) / (1 + abs(x))",
    "exp(-2 * x) * exp(-x) * exp(3 * x) * atan(x / 1000)",
  ])
  func overflowProvesNothing(_ text: String) throws {
    let bounds = try Formula(text).bounds()
    #expect(!bounds.upper.isUnbounded && bounds.upper.found < 10, "\(bounds)")
    #expect(!bounds.lipschitz.isUnbounded, "\(bounds)")
  }

  /// What vanishes beside an exponent, or nearly cancels, counts where its base grows.
  @Test(arguments: [
    "x > 1 ? x^(1 + 1 / log(x)) : x", "x > 1 ? exp(x)^(1 + 1 / x) * exp(-x) : 0",
    "x > 0 ? exp(x * 1.0000000001) * exp(-x) : 0",
  ])
  func limitsAreNotGuessed(_ text: String) throws {
    #expect(try Formula(text).bounds().highLimit == .unknown)
  }

  @Test func limitsOfCancellingExponentials() throws {
    let bounds = try Formula("exp(0.1 * x) * exp(0.2 * x) / exp(0.3 * x)").bounds()
    #expect(bounds.highLimit == .number(1))
    #expect(try Formula("x^2 / x^(1 + 1)").bounds().highLimit == .number(1))
  }

  /// Without a proof nothing is said to be one.
  @Test func whatIsNotProvedIsSaidToBeFound() throws {
    // Undefined for half of the inputs; a function whose slope has no end at 0.
    let logarithm = try Formula("log(x)").bounds()
    #expect(logarithm.lowLimit == .unknown && abs(logarithm.lower.found - log(0x1p-149)) < 1e-9)
    let root = try Formula("sqrt(abs(x))").bounds()
    #expect(!root.lipschitz.isProved && root.lipschitz.found > 1e20)
    #expect(root.lower.isProved && root.lower.found == 0)
    // Interval arithmetic can't see that the terms cancel; with few looks nothing is decided.
    let cancelling = try Formula("sin(x)^2 + cos(x)^2").bounds(looks: 50)
    #expect(!cancelling.upper.isProved && cancelling.upper.bound >= 1)
    #expect(abs(cancelling.upper.found - 1) < 1e-9)
  }

  @Test(
    arguments: [
      ("x", .line(-1), .line(1)), ("relu(x)", .number(0), .line(1)),
      ("x > 0 ? 2 * x : 0.5 * x", .line(-0.5), .line(2)), ("3", .number(3), .number(3)),
      ("x * sigmoid(x)", .number(0), .line(1)), ("x * normcdf(x)", .number(0), .line(1)),
      ("x * tanh(softplus(x))", .number(0), .line(1)), ("tanh(x)", .number(-1), .number(1)),
      ("0.1 * expm1(x)", .number(-0.1), .infinity), ("sin(x)", .between(-1, 1), .between(-1, 1)),
      ("x + sin(x)", .line(-1), .line(1)), ("x * sin(x)", .unknown, .unknown),
      ("exp(-x^2)", .number(0), .number(0)), ("x^2", .infinity, .infinity),
      ("x^3", .negativeInfinity, .infinity), ("clamp(x, -2, 3)", .number(-2), .number(3)),
      ("log1p(abs(x))", .infinity, .infinity), ("x / (1 + abs(x))", .number(-1), .number(1)),
      ("x / sqrt(1 + 4 * x^2)", .number(-0.5), .number(0.5)),
      ("(sqrt(x^2 + 1) - 1) / 2 + x", .line(-0.5), .line(1.5)),
      ("x * exp(x)", .number(0), .infinity), ("x^9 * exp(x)", .number(0), .infinity),
      ("exp(x) / (2 + exp(x))", .number(0), .number(1)),
      ("x * 0.5 * (1 + erf(x))", .number(0), .line(1)),
      ("log(sigmoid(x))", .line(-1), .number(0)), ("2^x", .number(0), .infinity),
      // Leading terms cancel: what is left isn't known, or is 0 where they are numbers.
      ("(x + sin(x)) - x * tanh(x)^2", .unknown, .unknown),
      ("sqrt(x^2 + 1) - abs(x)", .unknown, .unknown),
      ("1 - tanh(x)", .number(2), .number(0)), ("x * (1 - tanh(x))", .line(-2), .unknown),
      // exp(x + ln x) isn't exp(x).
      ("exp(x + log1p(abs(x))) / exp(x)", .unknown, .unknown),
      ("x * (1 + 1 / (1 + abs(x))) - x", .unknown, .unknown),
      ("exp(exp(x)) * exp(-2 * exp(x))", .number(exp(0)), .unknown),
    ] as [(String, FormulaLimit, FormulaLimit)])
  func limits(_ text: String, _ low: FormulaLimit, _ high: FormulaLimit) throws {
    let bounds = try Formula(text).bounds(looks: 10)
    expectLimit(bounds.lowLimit, low, "\(text) towards -infinity")
    expectLimit(bounds.highLimit, high, "\(text) towards infinity")
  }

  private func expectLimit(_ found: FormulaLimit, _ expected: FormulaLimit, _ text: String) {
    switch (found, expected) {
    case (.number(let a), .number(let b)), (.line(let a), .line(let b)):
      #expect(abs(a - b) < 1e-12, "\(text): \(found)")
    default: #expect(found == expected, "\(text)")
    }
  }

  /// No float has a value or a slope beyond a proved end, and no two floats' slope exceeds the constant;
  /// what the limits say holds far out. By sampling, with formulas made by chance.
  @Test func nothingIsFoundBeyondTheBounds() throws {
    var random = RandomFormulas(seed: 7)
    var (ends, lines) = (0, 0)
    for number in 0..<1000 {
      let text = random.expression(depth: 4)
      let formula = try Formula(text)
      let values = Functions.values(formula)
      let bounds = formula.bounds(values, looks: [3, 12, 40][number % 3])
      var inputs = stride(from: Float(-20), through: 20, by: 0.217).map { $0 }
      for _ in 0..<40 {
        let bits = UInt32(random.below(0x7f7f_ffff))
        inputs += [Float(bitPattern: bits), -Float(bitPattern: bits)]
      }
      func beyond(_ value: Double, _ low: FormulaBounds.End, _ high: FormulaBounds.End) -> Bool {
        let size = 1e-11 * max(1, abs(value))
        return value < low.bound - size || value > high.bound + size
      }
      var before: (x: Double, y: Double)?
      for x in inputs.map({ Double($0) }) {
        let (y, slope) = (formula.value(at: x, values), formula.derivative(at: x, values))
        #expect(!beyond(y, bounds.lower, bounds.upper), "\(text) is \(y) at \(x): \(bounds)")
        #expect(
          !beyond(slope, bounds.leastSlope, bounds.largestSlope),
          "\(text) has the slope \(slope) at \(x): \(bounds)")
        if let before, before.x < x, before.x >= -20, x <= 20, bounds.lipschitz.bound.isFinite {
          #expect(
            abs(y - before.y) <= bounds.lipschitz.bound * (x - before.x) * (1 + 1e-9) + 1e-9,
            "\(text) from \(before.x) to \(x): \(bounds.lipschitz)")
        }
        before = (x, y)
      }
      for (side, limit) in [(-1.0, bounds.lowLimit), (1, bounds.highLimit)] {
        let far = formula.value(at: side * 0x1p80, values)
        guard far.isFinite else { continue }
        switch limit {
        case .number(let value):
          #expect(abs(far - value) < 1e-9 * max(1, abs(value)), "\(text): \(limit), is \(far)")
        case .line(let slope):
          lines += 1
          #expect(
            abs(far / 0x1p80 - slope) < 1e-9 * max(1, abs(slope)), "\(text): \(limit), is \(far)")
        case .between(let low, let high):
          #expect(far > low - 1e-9 && far < high + 1e-9, "\(text): \(limit), is \(far)")
        case .infinity: #expect(far > 30, "\(text): \(limit), is \(far)")
        case .negativeInfinity: #expect(far < -30, "\(text): \(limit), is \(far)")
        case .unknown: break
        }
      }
      ends += [bounds.lower, bounds.upper].count { $0.bound.isFinite }
    }
    #expect(ends > 300 && lines > 100, "\(ends) ends, \(lines) lines: the test says little")
  }

  /// The constant holds between any two floats, also where the function is steep between neighbours only.
  @Test(
    arguments: [
      ("1 / (0.01 + abs(x - 100))", 99.99999), ("1 / (0.01 + abs(x - 1e4))", 9999.999),
      ("tanh(1e5 * (x - 1000.00003))", 1000), ("exp(0.5 / (1e4 * (x - 1e6)^2 + 0.01))", 999_999.9),
    ] as [(String, Float)])
  func constantsHoldBetweenNeighbours(_ text: String, _ x: Float) throws {
    let formula = try Formula(text)
    let constant = formula.bounds().lipschitz
    var place = x.nextDown.nextDown.nextDown.nextDown
    for _ in 0..<8 {
      let (a, b) = (Double(place), Double(place.nextUp))
      let slope = abs(formula.value(at: b) - formula.value(at: a)) / (b - a)
      #expect(slope <= constant.bound * (1 + 1e-9), "\(text) at \(place): \(constant)")
      place = place.nextUp
    }
  }

  @Test func numbersOfAFormula() throws {
    #expect(try Formula("x > 0.5 ? 3 * x : a").numbers.sorted() == [0.5, 3])
  }
}
