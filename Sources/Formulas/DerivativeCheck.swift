extension Formula {
  /// An input at which a derivative isn't what the values around it say.
  public struct Disagreement: Hashable, Sendable {
    /// The parameter by which the derivative is taken; nil for x.
    public let parameter: String?
    /// The input.
    public let x: Double
    /// The derivative's value there.
    public let derivative: Double
    /// The quotient of central differences.
    public let difference: Double
  }

  /// Compares the derivatives with central differences of the value, in double precision, at inputs around
  /// which no condition changes and the differences converge.
  ///
  /// - Parameters:
  ///   - parameters: the parameters' values.
  ///   - learned: the parameters by which derivatives are compared too.
  /// - Returns: the first input at which they disagree; nil if they never do.
  public func disagreement(
    _ parameters: [Double], learned: Set<String> = []
  ) -> Disagreement? {
    let intervals = parameters.map { Interval($0) }
    for x in DifferenceQuotient.inputs {
      func isSmooth(_ moved: Int?, _ low: Double, _ high: Double) -> Bool {
        var isSmooth = true
        var others = intervals
        if let moved { others[moved] = Interval(low, high) }
        let bounds = graph.bounds(
          [value], over: moved == nil ? Interval(low, high) : Interval(x), others,
          isSmooth: &isSmooth)
        return isSmooth && !bounds[0].isPartial
      }
      let slope = DifferenceQuotient(at: x, isSmooth: { isSmooth(nil, $0, $1) }) {
        value(at: $0, parameters)
      }
      if let slope, !slope.allows(derivative(at: x, parameters)) {
        return Disagreement(
          parameter: nil, x: x, derivative: derivative(at: x, parameters),
          difference: slope.value)
      }
      for (index, name) in self.parameters.enumerated() where learned.contains(name) {
        let gradient = DifferenceQuotient(
          at: parameters[index], isSmooth: { isSmooth(index, $0, $1) }
        ) {
          var moved = parameters
          moved[index] = $0
          return value(at: x, moved)
        }
        let found = gradients(at: x, parameters)[index]
        if let gradient, !gradient.allows(found) {
          return Disagreement(
            parameter: name, x: x, derivative: found, difference: gradient.value)
        }
      }
    }
    return nil
  }
}

/// What central differences say of a derivative.
package struct DifferenceQuotient {
  /// Around the places where functions bend, and farther out; none that one would write in a formula.
  package static let inputs = [0.0317, 0.271, 0.689, 1.37, 2.19, 4.83, 11.9, 93.7].flatMap {
    [-$0, $0]
  }

  /// The quotient for the finest step.
  package let value: Double
  private let tolerance: Double

  /// nil where the function isn't smooth, or the quotients for finer steps don't converge.
  package init?(
    at x: Double, isSmooth: (Double, Double) -> Bool, _ f: (Double) -> Double
  ) {
    var quotients: [Double] = []
    var rounding = 0.0
    // No multiples of each other, which waves could hide behind.
    for fineness in [1.03e-3, 3.17e-4, 7.1e-6] {
      let h = fineness * max(1e-3, min(1, abs(x)))
      guard isSmooth(x - 2 * h, x + 2 * h) else { return nil }
      let values = [f(x - 2 * h), f(x - h), f(x + h), f(x + 2 * h)]
      // The error falls with h⁴.
      quotients.append((8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * h))
      rounding = max(rounding, 1e-13 * (values.map(abs).max() ?? 0) / h)
    }
    value = quotients[2]
    let change = quotients.reduce(0) { max($0, abs($1 - quotients[2])) }
    guard value.isFinite, change + rounding <= 1e-3 * max(1e-3, abs(value)) else { return nil }
    tolerance = 1e-3 * max(1e-3, abs(value)) + 4 * (change + rounding)
  }

  /// Whether a derivative may be this.
  package func allows(_ derivative: Double) -> Bool {
    abs(derivative - value) <= tolerance
  }
}
