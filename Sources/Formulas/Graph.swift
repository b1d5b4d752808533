/// A node of an expression; operands are nodes before it.
enum Node: Hashable, Sendable {
  case number(Double)
  case variable
  case parameter(Int)
  case function(Function.Name, Int)
  case negation(Int)
  case sum(Int, Int)
  case difference(Int, Int)
  case product(Int, Int)
  case quotient(Int, Int)
  case power(Int, Int)
  /// True or false; only `choice` reads it.
  case comparison(Comparison, Int, Int)
  /// The second operand where the first is true, else the third.
  case choice(Int, Int, Int)

  var operands: [Int] {
    switch self {
    case .number, .variable, .parameter: []
    case .function(_, let a), .negation(let a): [a]
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b),
      .quotient(let a, let b), .power(let a, let b), .comparison(_, let a, let b):
      [a, b]
    case .choice(let a, let b, let c): [a, b, c]
    }
  }
}

/// Expressions over x and parameters, each subexpression stored once. Whatever builds a node gets it
/// simplified and in its numerically stable form.
struct Graph: Hashable, Sendable {
  private(set) var nodes: [Node] = []
  private var places: [Node: Int] = [:]

  static func == (a: Graph, b: Graph) -> Bool { a.nodes == b.nodes }
  func hash(into hasher: inout Hasher) { hasher.combine(nodes) }

  subscript(_ index: Int) -> Node { nodes[index] }

  private mutating func place(_ node: Node) -> Int {
    if let index = places[node] { return index }
    // Sums and products are stored in the order in which they were first written.
    switch node {
    case .sum(let a, let b): if let index = places[.sum(b, a)] { return index }
    case .product(let a, let b): if let index = places[.product(b, a)] { return index }
    default: break
    }
    nodes.append(node)
    places[node] = nodes.count - 1
    return nodes.count - 1
  }

  /// Which nodes some roots need.
  func needed(by roots: [Int]) -> [Bool] {
    var needed = Array(repeating: false, count: nodes.count)
    for root in roots { needed[root] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for operand in nodes[index].operands { needed[operand] = true }
    }
    return needed
  }

  func constant(_ index: Int) -> Double? {
    if case .number(let value) = nodes[index] { value } else { nil }
  }

  /// The operand of a function's node.
  func argument(of name: Function.Name, _ index: Int) -> Int? {
    if case .function(name, let argument) = nodes[index] { argument } else { nil }
  }

  // MARK: - Building

  mutating func number(_ value: Double) -> Int { place(.number(value == 0 ? 0 : value)) }
  mutating func variable() -> Int { place(.variable) }
  mutating func parameter(_ index: Int) -> Int { place(.parameter(index)) }

  mutating func negation(_ a: Int) -> Int {
    switch nodes[a] {
    case .number(let value): number(-value)
    case .negation(let inner): inner
    case .difference(let b, let c): difference(c, b)
    case .product(let b, let c):
      if let factor = constant(b) { product(number(-factor), c) } else { place(.negation(a)) }
    default: place(.negation(a))
    }
  }

  mutating func sum(_ a: Int, _ b: Int) -> Int {
    let (x, y) = (constant(a), constant(b))
    if let x, let y, (x + y).isFinite { return number(x + y) }
    if x == 0 { return b }
    if y == 0 { return a }
    if a == b { return product(number(2), a) }
    if case .negation(let inner) = nodes[b] { return difference(a, inner) }
    if case .negation(let inner) = nodes[a] { return difference(b, inner) }
    for (one, other) in [(x, b), (y, a)] {
      if one == -1, let u = argument(of: .exp, other) { return function(.expm1, u) }
      if one == 1, let u = argument(of: .expm1, other) { return function(.exp, u) }
      // 1 + erf(u), which cancels for u < 0, is 2 Φ(√2 u).
      if one == 1, let u = argument(of: .erf, other) {
        let scaled = product(number(2.squareRoot()), u)
        return product(number(2), function(.normcdf, scaled))
      }
    }
    if let y, y < 0 { return difference(a, number(-y)) }
    return place(.sum(a, b))
  }

  mutating func difference(_ a: Int, _ b: Int) -> Int {
    let (x, y) = (constant(a), constant(b))
    if let x, let y, (x - y).isFinite { return number(x - y) }
    if y == 0 { return a }
    if x == 0 { return negation(b) }
    if isSameProduct(a, b) { return number(0) }
    if case .negation(let inner) = nodes[b] { return sum(a, inner) }
    if y == 1, let u = argument(of: .exp, a) { return function(.expm1, u) }
    if x == 1, let u = argument(of: .exp, b) { return negation(function(.expm1, u)) }
    if let y, y < 0 { return sum(a, number(-y)) }
    if case .sum(let c, let d) = nodes[a] {
      if isSameProduct(c, b) { return d }
      if isSameProduct(d, b) { return c }
    }
    // 1 − (1 − u)(1 + u), which cancels, is u².
    if x == 1, case .product(let c, let d) = nodes[b] {
      for (less, more) in [(c, d), (d, c)] {
        guard case .difference(let e, let u) = nodes[less], constant(e) == 1,
          nodes[more] == .sum(e, u) || nodes[more] == .sum(u, e)
        else { continue }
        return product(u, u)
      }
    }
    return place(.difference(a, b))
  }

  /// Whether two expressions are products of the same factors, in whatever order.
  private func isSameProduct(_ a: Int, _ b: Int) -> Bool {
    guard a != b else { return true }
    guard case .product = nodes[a], case .product = nodes[b] else { return false }
    let (first, second) = (factors(of: a), factors(of: b))
    return first.constant.isFinite && first.constant == second.constant
      && first.others == second.others
      && first.others.count < Self.mostFactors
  }

  private static let mostFactors = 16

  private func factors(of index: Int) -> (constant: Double, others: [Int]) {
    var (constant, others, left) = (1.0, [Int](), [index])
    while let next = left.popLast(), others.count + left.count < Self.mostFactors {
      switch nodes[next] {
      case .product(let a, let b): left += [a, b]
      case .number(let value): constant *= value
      default: others.append(next)
      }
    }
    return (constant, left.isEmpty ? others.sorted() : Array(repeating: 0, count: Self.mostFactors))
  }

  mutating func product(_ a: Int, _ b: Int) -> Int {
    let (x, y) = (constant(a), constant(b))
    if let x, let y, (x * y).isFinite { return number(x * y) }
    if x == nil, y != nil { return product(b, a) }
    if let x {
      if x == 0 { return number(0) }
      if x == 1 { return b }
      if x == -1 { return negation(b) }
      switch nodes[b] {
      case .negation(let inner): return product(number(-x), inner)
      case .product(let c, let d):
        if let z = constant(c), (x * z).isFinite { return product(number(x * z), d) }
      case .quotient(let c, let d):
        if let z = constant(d), z != 0, (x / z).isFinite { return product(number(x / z), c) }
        if let z = constant(c), (x * z).isFinite { return quotient(number(x * z), d) }
      default: break
      }
      return place(.product(a, b))
    }
    // Constants and signs go to the front.
    if case .negation(let inner) = nodes[a] { return negation(product(inner, b)) }
    if case .negation(let inner) = nodes[b] { return negation(product(a, inner)) }
    if case .product(let c, let d) = nodes[a], constant(c) != nil {
      return product(c, product(d, b))
    }
    if case .product(let c, let d) = nodes[b], constant(c) != nil {
      return product(c, product(a, d))
    }
    if argument(of: .sign, b) == a || argument(of: .sign, a) == b {
      return function(.abs, argument(of: .sign, b) == a ? a : b)
    }
    return place(.product(a, b))
  }

  mutating func quotient(_ a: Int, _ b: Int) -> Int {
    let (x, y) = (constant(a), constant(b))
    if let x, let y, (x / y).isFinite { return number(x / y) }
    if y == 1 { return a }
    if x == 0, y != 0 { return a }
    if a == b, y == nil { return number(1) }
    if let sigmoid = logistic(a, b) { return sigmoid }
    if let rest = factors(of: a, without: b) { return rest }
    if case .negation(let inner) = nodes[a] { return negation(quotient(inner, b)) }
    if case .negation(let inner) = nodes[b] { return negation(quotient(a, inner)) }
    if let y, case .product(let c, let d) = nodes[a], let z = constant(c), (z / y).isFinite {
      return product(number(z / y), d)
    }
    return place(.quotient(a, b))
  }

  /// A product without one of its factors; nil where it hasn't got that, or too deep inside.
  private mutating func factors(of a: Int, without b: Int, depth: Int = 5) -> Int? {
    guard case .product(let c, let d) = nodes[a], constant(b) == nil, depth > 0 else { return nil }
    if c == b { return d }
    if d == b { return c }
    if let rest = factors(of: c, without: b, depth: depth - 1) { return product(rest, d) }
    return factors(of: d, without: b, depth: depth - 1).map { product(c, $0) }
  }

  /// a/b as a product with a sigmoid or a hyperbolic tangent, where the quotient of exponentials
  /// would overflow.
  private mutating func logistic(_ a: Int, _ b: Int) -> Int? {
    guard case .sum(let c, let d) = nodes[b] else { return nil }
    if let exact = logistic(a, c, d) { return exact }
    for (one, other) in [(c, d), (d, c)] where constant(one) == 1 {
      guard let u = argument(of: .exp, other) else { continue }
      return product(a, function(.sigmoid, negation(u)))
    }
    return nil
  }

  /// a/(c + d) where a, or a factor of it, makes a sigmoid or a hyperbolic tangent with the sum.
  private mutating func logistic(_ a: Int, _ c: Int, _ d: Int, depth: Int = 5) -> Int? {
    guard depth > 0 else { return nil }
    switch nodes[a] {
    case .negation(let inner): return logistic(inner, c, d, depth: depth - 1).map { negation($0) }
    case .product(let e, let f):
      if let first = logistic(e, c, d, depth: depth - 1) { return product(first, f) }
      return logistic(f, c, d, depth: depth - 1).map { product(e, $0) }
    default: break
    }
    if let u = argument(of: .exp, c), let v = argument(of: .exp, d), negation(u) == v,
      case .difference(let e, let f) = nodes[a], e == c, f == d
    {
      return function(.tanh, u)
    }
    for (one, other) in [(c, d), (d, c)] where constant(one) == 1 {
      guard let u = argument(of: .exp, other) else { continue }
      if a == other { return function(.sigmoid, u) }
      if argument(of: .expm1, a) == u {
        return function(.tanh, product(number(0.5), u))
      }
    }
    return nil
  }

  mutating func power(_ a: Int, _ b: Int) -> Int {
    if let exponent = constant(b) {
      if let base = constant(a), Function.power(base, exponent).isFinite {
        return number(Function.power(base, exponent))
      }
      switch exponent {
      case 0: return number(1)
      case 0.5: return function(.sqrt, a)
      case -8...8 where exponent == exponent.rounded():
        let positive = whole(a, Int(abs(exponent)))
        return exponent > 0 ? positive : quotient(number(1), positive)
      default: break
      }
    }
    if constant(a) == 1 { return a }
    // e^u
    if constant(a) == Function.e { return function(.exp, b) }
    return place(.power(a, b))
  }

  private mutating func whole(_ a: Int, _ exponent: Int) -> Int {
    guard exponent > 1 else { return a }
    let half = whole(a, exponent / 2)
    let square = product(half, half)
    return exponent % 2 == 0 ? square : product(square, a)
  }

  mutating func comparison(_ comparison: Comparison, _ a: Int, _ b: Int) -> Int {
    place(.comparison(comparison, a, b))
  }

  mutating func choice(_ condition: Int, _ a: Int, _ b: Int) -> Int {
    if a == b { return a }
    if case .comparison(let comparison, let c, let d) = nodes[condition] {
      if let x = constant(c), let y = constant(d) { return comparison.holds(x, y) ? a : b }
    }
    return place(.choice(condition, a, b))
  }

  mutating func maximum(_ a: Int, _ b: Int) -> Int {
    choice(comparison(.greater, a, b), a, b)
  }

  mutating func minimum(_ a: Int, _ b: Int) -> Int {
    choice(comparison(.less, a, b), a, b)
  }

  mutating func function(_ name: Function.Name, _ a: Int) -> Int {
    if let value = constant(a) {
      let result = Function[name].value(value)
      if result.isFinite { return number(result) }
    }
    switch (name, nodes[a]) {
    case (.exp, .function(.log, let u)) where isPositive(u): return u
    case (.log, .function(.exp, let u)): return u
    case (.log, .function(.sigmoid, let u)): return negation(function(.softplus, negation(u)))
    case (.log, .sum(let u, let v)):
      if constant(u) == 1 { return function(.log1p, v) }
      if constant(v) == 1 { return function(.log1p, u) }
    case (.log1p, .function(.exp, let u)): return function(.softplus, u)
    case (.abs, .negation(let u)): return function(.abs, u)
    case (.abs, .function(.abs, _)): return a
    case (.cos, .negation(let u)): return function(.cos, u)
    case (.sin, .negation(let u)), (.atan, .negation(let u)), (.tanh, .negation(let u)),
      (.erf, .negation(let u)), (.sign, .negation(let u)):
      return negation(function(name, u))
    default: break
    }
    return place(.function(name, a))
  }

  private func isPositive(_ index: Int) -> Bool {
    switch nodes[index] {
    case .number(let value): value > 0
    case .function(.exp, _), .function(.sigmoid, _), .function(.softplus, _): true
    default: false
    }
  }
}
