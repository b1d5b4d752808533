import Glibc

/// What rounding may leave of terms that cancel.
private let rounding = 1e-14

/// What an expression approaches far out on one side: c · exp(a·y^r) · y^p · (ln y)^q for y = |x|, where
/// all that c may tend to lies in an interval.
///
/// It is derived node by node from the leading terms alone. Where these cancel, or don't decide, there is none.
struct Growth {
  /// A single number is a limit; other intervals stand for what goes on oscillating. Zero alone means
  /// that c vanishes, nobody knows how fast.
  var factor: Interval
  /// a and r of the exponential; a = 0 without one. An exponential of an exponential has r = ∞.
  var exponential: (a: Double, r: Double) = (0, 0)
  var power = 0.0
  var logarithm = 0.0
  /// Whether the exponential may have lower factors that aren't known.
  var isRough = false
  /// Whether the difference from what is written here vanishes, so that its exponential is known.
  var isExact = false
  /// Whether there is no difference: a number times a power of the variable.
  fileprivate var isPure = false

  /// What tends to a number, or stays within an interval.
  init(_ factor: Interval) {
    self.factor = factor
    isExact = factor.isPoint
  }

  init(_ value: Double) { self.init(Interval(value)) }

  /// A number.
  static func number(_ value: Double) -> Growth {
    var result = Growth(value)
    result.isPure = true
    return result
  }

  /// x, on the side of this sign.
  static func variable(_ side: Double) -> Growth {
    var result = number(side)
    result.power = 1
    return result
  }

  private func with(_ factor: Interval, exact: Bool, pure: Bool = false) -> Growth {
    var result = self
    (result.factor, result.isExact, result.isPure) = (factor, exact, pure)
    return result
  }

  // MARK: - Order

  /// Whether it grows (1), stays (0) or vanishes (−1), its factor aside.
  private var direction: Int {
    for order in [exponential.a, power, logarithm] where order != 0 { return order > 0 ? 1 : -1 }
    return 0
  }

  var isConstant: Bool { direction == 0 && !isRough }
  var isVanishing: Bool { direction < 0 || factor.isPoint && factor.low == 0 && direction == 0 }
  /// 1 or −1 where it is eventually of that sign.
  private var sign: Int { factor.low > 0 ? 1 : factor.high < 0 ? -1 : 0 }
  private var grows: Bool { direction > 0 && sign != 0 }
  /// Whether it is c·y^p, p > 0, and nothing else.
  private var isPower: Bool {
    exponential.a == 0 && logarithm == 0 && power > 0 && factor.isPoint && !isRough
  }

  /// 1 where this outgrows the other, −1 where it is outgrown, 0 for equals; nil if it isn't known.
  private func compared(to other: Growth) -> Int? {
    let (a, b) = (exponential, other.exponential)
    if a.a != b.a || a.r != b.r {
      // Two exponentials of exponentials are compared by their signs alone.
      if a.r.isInfinite, b.r.isInfinite, (a.a > 0) == (b.a > 0) { return nil }
      // The larger power of y decides, unless one has no exponential.
      if a.a == 0 || b.a != 0 && b.r > a.r { return b.a > 0 ? -1 : 1 }
      if b.a == 0 || a.r > b.r { return a.a > 0 ? 1 : -1 }
      return a.a > b.a ? 1 : -1
    }
    guard !isRough, !other.isRough, a.r.isFinite else { return nil }
    for difference in [power - other.power, logarithm - other.logarithm] where difference != 0 {
      return difference > 0 ? 1 : -1
    }
    return 0
  }

  // MARK: - Arithmetic

  static prefix func - (a: Growth) -> Growth {
    a.with(-a.factor, exact: a.isExact, pure: a.isPure)
  }

  static func + (a: Growth, b: Growth) -> Growth? {
    switch a.compared(to: b) {
    case .some(1): return a.dominating(b)
    case .some(-1): return b.dominating(a)
    case .some: return a.added(b)
    default:
      // Both vanish: so does the sum.
      return a.isVanishing && b.isVanishing ? Growth(0) : nil
    }
  }

  private func added(_ other: Growth) -> Growth? {
    let size = max(abs(factor.low), abs(other.factor.low))
    guard factor.isPoint, other.factor.isPoint else {
      return with(factor + other.factor, exact: false)
    }
    let sum = factor.low + other.factor.low
    // What is left of terms that cancel is of a lower order.
    guard abs(sum) > rounding * size else { return with(Interval(0), exact: false) }
    return with(
      Interval(sum), exact: isExact && other.isExact, pure: isPure && other.isPure)
  }

  /// The sum with what this outgrows. A factor that vanishes or changes its sign doesn't dominate.
  private func dominating(_ other: Growth) -> Growth? {
    guard sign != 0 else {
      guard direction == 0, other.isVanishing else { return nil }
      return self
    }
    return with(factor, exact: isExact && other.isVanishing)
  }

  static func * (a: Growth, b: Growth) -> Growth? {
    var result = a
    result.factor =
      a.factor.isPoint && b.factor.isPoint
      ? Interval(a.factor.low * b.factor.low) : a.factor * b.factor
    result.power += b.power
    result.logarithm += b.logarithm
    result.isRough = a.isRough || b.isRough
    let (p, q) = (a.exponential, b.exponential)
    if p.a != 0, q.a != 0, p.r == q.r {
      let sum = p.a + q.a
      let cancels = abs(sum) <= rounding * abs(p.a)
      if !cancels, abs(sum) <= 1e-9 * abs(p.a) { return nil }
      if result.isRough, cancels || p.r.isInfinite && p.a * q.a < 0 { return nil }
      result.exponential = cancels ? (0, 0) : (sum, p.r)
    } else if p.a != 0, q.a != 0 {
      // The smaller exponential becomes an unknown factor.
      result.exponential = p.r > q.r ? p : q
      result.isRough = true
    } else if q.a != 0 {
      result.exponential = q
    }
    result.isPure = a.isPure && b.isPure
    // What vanishes stays so if it is multiplied by a number.
    result.isExact =
      result.isPure || a.isPure && a.isConstant && b.isExact
      || b.isPure && b.isConstant && a.isExact
    return result
  }

  var reciprocal: Growth? {
    guard sign != 0 else { return nil }
    var result = self
    result.factor =
      factor.isPoint ? Interval(1 / factor.low) : Interval(1) / factor
    result.exponential.a = -exponential.a
    result.power = -power
    result.logarithm = -logarithm
    result.isExact = isPure || isExact && isConstant
    return result
  }

  // MARK: - Functions

  /// A function of it.
  func applied(_ name: Function.Name) -> Growth? {
    switch name {
    case .abs where sign != 0:
      return with(factor.magnitude, exact: isExact, pure: isPure)
    case .abs: return isConstant ? Growth(factor.magnitude) : nil
    case .sign: return sign == 0 ? nil : Growth(Double(sign))
    case .sqrt: return raised(to: 0.5)
    case .log: return logarithmed
    default: break
    }
    if grows { return atInfinity(name) }
    if isVanishing {
      guard let slope = Self.slopesAtZero[name] else { return Growth(Function[name].value(0)) }
      return isRough || direction < 0
        ? with(Interval(factor.low * slope, factor.high * slope), exact: false) : Growth(0)
    }
    guard isConstant else {
      return name == .sin || name == .cos ? Growth(Interval(-1, 1)) : nil
    }
    if factor.isPoint {
      let value = Function[name].value(factor.low)
      return value.isFinite ? Growth(value) : nil
    }
    let bounds = Function[name].bounds(factor)
    return bounds.isPartial ? nil : Growth(bounds)
  }

  /// Functions that are 0 at 0, with their slopes there.
  private static let slopesAtZero: [Function.Name: Double] = [
    .expm1: 1, .log1p: 1, .sin: 1, .atan: 1, .tanh: 1, .erf: M_2_SQRTPI,
  ]

  private func atInfinity(_ name: Function.Name) -> Growth? {
    let isUp = sign > 0
    switch name {
    case .exp: return isUp ? exponentiated : exponentiated ?? Growth(0)
    case .expm1: return isUp ? exponentiated : Growth(-1)
    case .log1p: return isUp ? logarithmed : nil
    case .softplus:
      return isUp ? with(factor, exact: isExact) : exponentiated ?? Growth(0)
    case .sigmoid: return isUp ? Growth(1) : exponentiated ?? Growth(0)
    case .tanh, .erf: return Growth(isUp ? 1 : -1)
    case .atan: return Growth(isUp ? .pi / 2 : -.pi / 2)
    case .sin, .cos: return Growth(Interval(-1, 1))
    case .normcdf:
      guard !isUp else { return Growth(1) }
      guard isPower else { return Growth(0) }
      var result = Growth(1)
      result.exponential = (-factor.low * factor.low / 2, 2 * power)
      (result.isRough, result.isExact) = (true, false)
      return result
    case .abs, .sign, .sqrt, .log: return nil
    }
  }

  /// exp of what grows in size.
  private var exponentiated: Growth? {
    var result = Growth(1)
    result.isExact = false
    if isPower {
      result.exponential = (factor.low, power)
      result.isRough = !isExact
      return result
    }
    if exponential.a > 0 {
      result.exponential = (Double(sign), .infinity)
      result.isRough = true
      return result
    }
    guard power == 0, logarithm == 1, isExact, factor.isPoint else { return nil }
    result.power = factor.low
    return result
  }

  private var logarithmed: Growth? {
    guard sign > 0, factor.isPoint else { return nil }
    if exponential.a != 0 {
      guard exponential.r.isFinite else { return nil }
      var result = Growth(exponential.a)
      result.power = exponential.r
      result.isExact = isExact && !isRough && factor.low == 1 && power == 0 && logarithm == 0
      return result
    }
    if power != 0 {
      var result = Growth(power)
      result.logarithm = 1
      result.isExact = factor.low == 1 && logarithm == 0
      return result
    }
    return logarithm == 0 ? Growth(Glibc.log(factor.low)) : nil
  }

  /// A constant power.
  func raised(to exponent: Double) -> Growth? {
    if isConstant, factor.isPoint {
      let value = Function.power(factor.low, exponent)
      return value.isFinite ? with(Interval(value), exact: isExact, pure: isPure) : nil
    }
    let isWhole = exponent == exponent.rounded()
    guard factor.isPoint, sign > 0 || sign < 0 && isWhole else { return nil }
    var result = self
    result.factor = Interval(Function.power(factor.low, exponent))
    result.exponential.a *= exponent
    result.power *= exponent
    result.logarithm *= exponent
    result.isExact = isPure
    return result
  }

  /// Whether it is eventually above 0 (true), below (false); nil if it isn't known.
  var isPositive: Bool? { sign == 0 ? nil : sign > 0 }

  var limit: FormulaLimit {
    if isVanishing { return .number(0) }
    if direction > 0 {
      guard sign != 0 else { return .unknown }
      let isLine =
        exponential.a == 0 && !isRough && logarithm == 0 && power == 1 && factor.isPoint
      return isLine ? .line(factor.low) : sign > 0 ? .infinity : .negativeInfinity
    }
    guard direction == 0, !isRough else { return .unknown }
    return factor.isPoint
      ? .number(factor.low) : .between(factor.low, factor.high)
  }
}

/// What a function approaches for large inputs on one side, derived from the leading terms of its expression.
public enum FormulaLimit: Hashable, Sendable {
  case number(Double)
  /// This times |x|.
  case line(Double)
  case infinity
  case negativeInfinity
  /// Nothing, but it stays between these.
  case between(Double, Double)
  /// Not derived.
  case unknown
}

extension Graph {
  /// The growth of `root` for x towards ∞ (side 1) or −∞ (side −1).
  func growth(of root: Int, side: Double, _ parameters: [Double]) -> Growth? {
    let needed = needed(by: [root])
    var growths = [Growth?](repeating: nil, count: nodes.count)
    for (index, node) in nodes.enumerated() where needed[index] {
      growths[index] = growth(of: node, side, parameters, growths)
    }
    return growths[root]
  }

  private func growth(
    of node: Node, _ side: Double, _ parameters: [Double], _ growths: [Growth?]
  ) -> Growth? {
    switch node {
    case .number(let value): return .number(value)
    case .parameter(let index):
      return parameters[index].isFinite ? .number(parameters[index]) : nil
    case .variable: return .variable(side)
    case .negation(let a): return growths[a].map { -$0 }
    case .function(let name, let a): return growths[a]?.applied(name)
    case .sum(let a, let b): return both(a, b, growths) { $0 + $1 }
    case .difference(let a, let b): return both(a, b, growths) { $0 + -$1 }
    case .product(let a, let b):
      return both(a, b, growths) { $0 * $1 }
    case .quotient(let a, let b):
      return both(a, b, growths) { one, other in other.reciprocal.flatMap { one * $0 } }
    case .power(let a, let b):
      return both(a, b, growths) { base, exponent in
        // What vanishes beside an exponent's limit counts where the base grows.
        if exponent.isConstant, exponent.factor.isPoint, exponent.isPure || base.isConstant {
          return base.raised(to: exponent.factor.low)
        }
        return base.applied(.log).flatMap { $0 * exponent }?.applied(.exp)
      }
    case .comparison: return nil
    case .choice(let condition, let a, let b):
      guard case .comparison(let comparison, let c, let d) = nodes[condition],
        let isAbove = both(c, d, growths, { $0 + -$1 })?.isPositive
      else { return nil }
      return comparison.holds(isAbove ? 1 : -1, 0) ? growths[a] : growths[b]
    }
  }

  private func both(
    _ a: Int, _ b: Int, _ growths: [Growth?], _ combined: (Growth, Growth) -> Growth?
  ) -> Growth? {
    guard let first = growths[a], let second = growths[b] else { return nil }
    return combined(first, second)
  }
}
