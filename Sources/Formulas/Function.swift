import Glibc

/// A function that formulas may call: its value, derivative and bounds, and how it is written.
struct Function: Sendable {
  enum Name: Int, CaseIterable, Sendable {
    case exp, expm1, log, log1p, sqrt, abs, sign, sin, cos, atan, tanh, sigmoid, softplus, erf
    case normcdf

    var text: String { Function.names[rawValue] }

    init?(_ text: String) {
      guard let index = Function.names.firstIndex(of: text) else { return nil }
      self.init(rawValue: index)
    }
  }

  /// The value in double, the oracle of the kernels.
  let value: @Sendable (Double) -> Double
  /// The derivative by the argument `u`; `self` is the function's own node.
  let derivative: @Sendable (_ graph: inout Graph, _ u: Int, _ self: Int) -> Int
  /// Bounds of the value over an interval.
  let bounds: @Sendable (Interval) -> Interval
  /// What stands before the argument in LaTeX.
  let latex: String

  static subscript(_ name: Name) -> Function { all[name.rawValue] }

  static let e = M_E

  static let names = Name.allCases.map { "\($0)" }
  private static let all = names.map { table[$0]! }

  /// The power as formulas mean it: NaN for a negative base and a broken exponent.
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

  private static let table: [String: Function] = [
    "exp": Function(
      value: { Glibc.exp($0) }, derivative: { _, _, f in f },
      bounds: { $0.rising { Glibc.exp($0) }.clipped(0) },
      latex: #"\exp"#),
    "expm1": Function(
      value: { Glibc.expm1($0) }, derivative: { graph, u, _ in graph.function(.exp, u) },
      bounds: { $0.rising { Glibc.expm1($0) }.clipped(-1) }, latex: #"\mathrm{expm1}"#),
    "log": Function(
      value: { Glibc.log($0) }, derivative: { graph, u, _ in graph.quotient(graph.number(1), u) },
      bounds: { $0.restricted(0) { Glibc.log($0) } }, latex: #"\ln"#),
    "log1p": Function(
      value: { Glibc.log1p($0) },
      derivative: { graph, u, _ in graph.quotient(graph.number(1), graph.sum(graph.number(1), u)) },
      bounds: { $0.restricted(-1) { Glibc.log1p($0) } }, latex: #"\mathrm{log1p}"#),
    "sqrt": Function(
      value: { $0.squareRoot() },
      derivative: { graph, _, f in graph.quotient(graph.number(0.5), f) },
      bounds: { u in
        guard u.high >= 0 else { return u.restricted(0) { $0.squareRoot() } }
        return u.clipped(0).rising { $0.squareRoot() }.clipped(0).partial(u.low < 0)
      }, latex: #"\sqrt"#),
    "abs": Function(
      value: { Swift.abs($0) }, derivative: { graph, u, _ in graph.function(.sign, u) },
      bounds: { $0.magnitude },
      latex: #"\mathrm{abs}"#),
    "sign": Function(
      value: { signum($0) }, derivative: { graph, _, _ in graph.number(0) },
      bounds: { $0.step { signum($0) } }, latex: #"\mathrm{sgn}"#),
    "sin": Function(
      value: { Glibc.sin($0) }, derivative: { graph, u, _ in graph.function(.cos, u) },
      bounds: { $0.wave(crest: .pi / 2) { Glibc.sin($0) } }, latex: #"\sin"#),
    "cos": Function(
      value: { Glibc.cos($0) },
      derivative: { graph, u, _ in graph.negation(graph.function(.sin, u)) },
      bounds: { $0.wave(crest: 0) { Glibc.cos($0) } }, latex: #"\cos"#),
    "atan": Function(
      value: { Glibc.atan($0) },
      derivative: { graph, u, _ in
        graph.quotient(graph.number(1), graph.sum(graph.number(1), graph.product(u, u)))
      },
      bounds: { $0.rising { Glibc.atan($0) }.clipped(-2, 2) }, latex: #"\arctan"#),
    "tanh": Function(
      value: { Glibc.tanh($0) },
      derivative: { graph, _, f in
        // Not 1 − f², which cancels.
        graph.product(graph.difference(graph.number(1), f), graph.sum(graph.number(1), f))
      },
      bounds: { $0.rising { Glibc.tanh($0) }.clipped(-1, 1) }, latex: #"\tanh"#),
    "sigmoid": Function(
      value: { logistic($0) },
      // Not s(1 − s), which cancels.
      derivative: { graph, u, f in graph.product(f, graph.function(.sigmoid, graph.negation(u))) },
      bounds: { $0.rising { logistic($0) }.clipped(0, 1) }, latex: #"\sigma"#),
    "softplus": Function(
      value: { max($0, 0) + Glibc.log1p(Glibc.exp(-Swift.abs($0))) },
      derivative: { graph, u, _ in graph.function(.sigmoid, u) },
      bounds: { $0.rising { max($0, 0) + Glibc.log1p(Glibc.exp(-Swift.abs($0))) }.clipped(0) },
      latex: #"\mathrm{softplus}"#),
    "erf": Function(
      value: { Glibc.erf($0) },
      derivative: { graph, u, _ in
        let bell = graph.function(.exp, graph.negation(graph.product(u, u)))
        return graph.product(graph.number(M_2_SQRTPI), bell)
      }, bounds: { $0.rising { Glibc.erf($0) }.clipped(-1, 1) }, latex: #"\mathrm{erf}"#),
    "normcdf": Function(
      value: { 0.5 * Glibc.erfc(-$0 * 0.5.squareRoot()) },
      derivative: { graph, u, _ in
        let square = graph.product(graph.number(-0.5), graph.product(u, u))
        return graph.product(
          graph.number(M_2_SQRTPI * 0.5.squareRoot() / 2), graph.function(.exp, square))
      }, bounds: { $0.rising { 0.5 * Glibc.erfc(-$0 * 0.5.squareRoot()) }.clipped(0, 1) },
      latex: #"\Phi"#),
  ]

  private static func logistic(_ x: Double) -> Double {
    let tail = Glibc.exp(-Swift.abs(x))
    return (x < 0 ? tail : 1) / (1 + tail)
  }

  private static func signum(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }
}
