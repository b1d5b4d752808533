extension Graph {
  /// The variable of a derivative.
  enum Variable: Hashable {
    case x
    case parameter(Int)
  }

  /// Adds the derivative of `root` by `variable`.
  ///
  /// Where a choice changes sides the derivative is that of the branch that the condition takes at the
  /// point: for `x > 0 ? … : …` it is the left one at 0.
  mutating func derivative(of root: Int, by variable: Variable) -> Int {
    let needed = needed(by: [root])
    let zero = number(0)
    var derivatives = Array(repeating: zero, count: root + 1)
    for index in 0...root where needed[index] {
      derivatives[index] = derivative(of: index, by: variable, derivatives)
    }
    return derivatives[root]
  }

  /// Whether an expression is a quotient, sign and constant factor aside.
  private func isDivided(_ index: Int) -> Bool {
    switch nodes[index] {
    case .quotient: true
    case .negation(let a): isDivided(a)
    case .product(let a, let b): constant(a) != nil && isDivided(b)
    default: false
    }
  }

  private mutating func derivative(
    of index: Int, by variable: Variable, _ known: [Int]
  ) -> Int {
    func isZero(_ node: Int) -> Bool { constant(node) == 0 }
    switch nodes[index] {
    case .number, .comparison: return number(0)
    case .variable: return number(variable == .x ? 1 : 0)
    case .parameter(let parameter): return number(variable == .parameter(parameter) ? 1 : 0)
    case .negation(let a): return negation(known[a])
    case .sum(let a, let b): return sum(known[a], known[b])
    case .difference(let a, let b): return difference(known[a], known[b])
    case .product(let a, let b):
      if a == b { return product(number(2), product(a, known[a])) }
      return sum(product(known[a], b), product(a, known[b]))
    case .quotient(let a, let b):
      if isZero(known[b]) { return quotient(known[a], b) }
      let numerator = difference(product(known[a], b), product(a, known[b]))
      if constant(numerator) != nil { return quotient(numerator, product(b, b)) }
      if let u = argument(of: .sqrt, b) {
        // (a′u − a u′/2) / u / √u, where what remains above is a number.
        let numerator = difference(
          product(known[a], u), product(number(0.5), product(a, known[u])))
        if constant(numerator) != nil { return quotient(quotient(numerator, u), b) }
      }
      // (a′ − (a/b) b′) / b, which overflows later than the numerator over b².
      return quotient(difference(known[a], product(index, known[b])), b)
    case .power(let a, let b):
      var result = number(0)
      if !isZero(known[a]) {
        let ratio = quotient(known[a], a)
        if isDivided(ratio) {
          let lowered = power(a, difference(b, number(1)))
          result = product(product(b, lowered), known[a])
        } else {
          // σ(u)^b · b σ(−u), where σ(u)^(b − 1) could overflow.
          result = product(product(b, index), ratio)
        }
      }
      if !isZero(known[b]) {
        // 0 where the base is.
        let zero = number(0)
        let factor = choice(
          comparison(.greater, a, zero), product(index, function(.log, a)), zero)
        result = sum(result, product(factor, known[b]))
      }
      return result
    case .function(let name, let a):
      guard !isZero(known[a]) else { return number(0) }
      let outer = Function[name].derivative(&self, a, index)
      return product(outer, known[a])
    case .choice(let condition, let a, let b):
      return choice(condition, known[a], known[b])
    }
  }
}
