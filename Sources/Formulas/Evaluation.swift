extension Graph {
  /// The values of `roots` at `x`; other nodes' are computed on the way.
  ///
  /// - Parameter rounded: whether each operation's result is rounded to a float, so that it overflows as
  ///   the kernels do.
  func values(
    _ roots: [Int], at x: Double, _ parameters: [Double], rounded: Bool = false
  ) -> [Double] {
    let all = values(at: x, parameters, needed: needed(by: roots), rounded: rounded)
    return roots.map { all[$0] }
  }

  /// The value of every needed node; comparisons give 1 or 0.
  func values(
    at x: Double, _ parameters: [Double], needed: [Bool], rounded: Bool
  ) -> [Double] {
    var values = Array(repeating: 0.0, count: nodes.count)
    for (index, node) in nodes.enumerated() where needed[index] {
      let value: Double
      switch node {
      case .number(let number): value = number
      case .variable: value = x
      case .parameter(let parameter): value = parameters[parameter]
      case .function(let name, let a): value = Function[name].value(values[a])
      case .negation(let a): value = -values[a]
      case .sum(let a, let b): value = values[a] + values[b]
      case .difference(let a, let b): value = values[a] - values[b]
      case .product(let a, let b): value = values[a] * values[b]
      case .quotient(let a, let b): value = values[a] / values[b]
      case .power(let a, let b): value = Function.power(values[a], values[b])
      case .comparison(let comparison, let a, let b):
        value = comparison.holds(values[a], values[b]) ? 1 : 0
      case .choice(let condition, let a, let b):
        value = values[condition] != 0 ? values[a] : values[b]
      }
      values[index] = rounded ? Double(Float(value)) : value
    }
    return values
  }

  /// Bounds of the values of `roots` over an interval of x and of each parameter.
  ///
  /// - Parameter isSmooth: becomes false if a condition may change within the interval.
  func bounds(
    _ roots: [Int], over x: Interval, _ parameters: [Interval], isSmooth: inout Bool
  ) -> [Interval] {
    let needed = needed(by: roots)
    var bounds = Array(repeating: Interval(0), count: nodes.count)
    for index in nodes.indices where needed[index] {
      bounds[index] = self.bounds(of: index, bounds, over: x, parameters, isSmooth: &isSmooth)
    }
    return roots.map { bounds[$0] }
  }

  /// Bounds of a node, from those of the nodes before it.
  ///
  /// - Parameter rounded: whether operands are the floats that the kernels compute, in which terms may cancel.
  func bounds(
    of index: Int, _ bounds: [Interval], over x: Interval, _ parameters: [Interval],
    rounded: Bool = false, isSmooth: inout Bool
  ) -> Interval {
    switch nodes[index] {
    case .number(let number): return Interval(number)
    case .variable: return x
    case .parameter(let parameter): return parameters[parameter]
    case .function(let name, let a):
      // A jump of the value; the corner of a magnitude shows in the derivative.
      if name == .sign, !bounds[a].isPoint, bounds[a].contains(0) { isSmooth = false }
      return Function[name].bounds(bounds[a])
    case .negation(let a): return -bounds[a]
    case .sum(let a, let b):
      return (rounded ? nil : complement(a, b, -2, bounds)) ?? bounds[a] + bounds[b]
    case .difference(let a, let b):
      return (rounded ? nil : complement(a, b, 2, bounds)) ?? bounds[a] - bounds[b]
    case .product(let a, let b):
      if a == b { return bounds[a].square }
      return (rounded ? nil : waves(a, b, bounds)) ?? bounds[a] * bounds[b]
    case .quotient(let a, let b): return bounds[a] / bounds[b]
    case .power(let a, let b): return power(bounds[a], bounds[b])
    case .comparison(let comparison, let a, let b): return truth(comparison, bounds[a], bounds[b])
    case .choice(let condition, let a, let b):
      let truth = bounds[condition]
      if truth.low == 1 { return bounds[a] }
      if truth.high == 0 { return bounds[b] }
      isSmooth = false
      return extreme(condition, a, b, bounds) ?? bounds[a].union(bounds[b])
    }
  }

  /// Bounds of 1 ∓ tanh(u), which is 2σ(∓2u) and cancels as it is written.
  private func complement(
    _ a: Int, _ b: Int, _ scale: Double, _ bounds: [Interval]
  ) -> Interval? {
    guard constant(a) == 1, let u = argument(of: .tanh, b) else { return nil }
    return Interval(2) * Function[.sigmoid].bounds(Interval(-scale) * bounds[u])
  }

  /// Bounds of sin(u)·cos(u), which is sin(2u)/2.
  private func waves(_ a: Int, _ b: Int, _ bounds: [Interval]) -> Interval? {
    guard let u = argument(of: .sin, a) ?? argument(of: .sin, b),
      argument(of: .cos, a) == u || argument(of: .cos, b) == u
    else { return nil }
    return Interval(0.5) * Function[.sin].bounds(Interval(2) * bounds[u])
  }

  /// Bounds of a choice that is the larger or the smaller of what its condition compares.
  private func extreme(_ condition: Int, _ a: Int, _ b: Int, _ bounds: [Interval]) -> Interval? {
    guard case .comparison(let comparison, let c, let d) = nodes[condition] else { return nil }
    let isLarger: Bool
    switch comparison {
    case .greater, .greaterOrEqual: isLarger = true
    case .less, .lessOrEqual: isLarger = false
    case .equal, .notEqual: return nil
    }
    let (first, second) = (bounds[a], bounds[b])
    let isPartial = first.isPartial || second.isPartial
    switch (a == c && b == d, a == d && b == c, isLarger) {
    case (true, _, true), (_, true, false):
      return Interval(
        max(first.low, second.low), max(first.high, second.high), isPartial: isPartial)
    case (true, _, false), (_, true, true):
      return Interval(
        min(first.low, second.low), min(first.high, second.high), isPartial: isPartial)
    default: return nil
    }
  }

  /// [1, 1], [0, 0], or [0, 1] if it isn't known.
  private func truth(_ comparison: Comparison, _ a: Interval, _ b: Interval) -> Interval {
    let unknown = Interval(0, 1)
    guard !a.isPartial, !b.isPartial else { return unknown }
    switch comparison {
    case .less: return a.high < b.low ? Interval(1) : a.low >= b.high ? Interval(0) : unknown
    case .lessOrEqual: return a.high <= b.low ? Interval(1) : a.low > b.high ? Interval(0) : unknown
    case .greater: return truth(.less, b, a)
    case .greaterOrEqual: return truth(.lessOrEqual, b, a)
    case .equal:
      if a.isPoint, a == b { return Interval(1) }
      return a.high < b.low || b.high < a.low ? Interval(0) : unknown
    case .notEqual:
      let equal = truth(.equal, a, b)
      return Interval(1 - equal.high, 1 - equal.low)
    }
  }

  private func power(_ a: Interval, _ b: Interval) -> Interval {
    if b.isPoint, b.low == b.low.rounded() {
      let exponent = b.low
      let isEven = exponent.truncatingRemainder(dividingBy: 2) == 0
      let base = isEven ? a.magnitude : a
      if exponent > 0 { return base.rising { Function.power($0, exponent) } }
      return Interval(1) / base.rising { Function.power($0, -exponent) }
    }
    if b.isPoint, b.low > 0, a.high >= 0 {
      return a.clipped(0).rising { Function.power($0, b.low) }.clipped(0).partial(a.low < 0)
    }
    guard a.high > 0 else { return Interval(-.infinity, .infinity, isPartial: true) }
    let base = a.clipped(0)
    let logarithm = Function[.log].bounds(base)
    return Function[.exp].bounds(b * logarithm).partial(a.low < 0 || b.isPartial)
  }
}
