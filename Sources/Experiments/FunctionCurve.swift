/// An activation function and its derivative as lines to draw.
package struct FunctionCurve: Sendable {
  /// A point; without y, the line is cut.
  package typealias Point = (x: Double, y: Double?)

  package let values: [Point]
  package let slopes: [Point]

  /// - Parameter limit: the largest |x|.
  /// - Throws: `TrialShapeError` or `FormulaError` for a function that there isn't.
  package init(_ spec: ActivationSpec, within limit: Double = 5) throws {
    let (formula, parameters) = try spec.formulaAndValues()
    values = Self.line(limit) { formula.value(at: $0, parameters) }
    slopes = Self.line(limit) { formula.derivative(at: $0, parameters) }
  }

  private static func line(_ limit: Double, _ f: (Double) -> Double) -> [Point] {
    let count = 400
    var points: [Point] = []
    func add(_ x: Double) {
      let y = f(x)
      points.append((x, y.isFinite ? y : nil))
    }
    add(-limit)
    for index in 1...count {
      let (a, b) = (points[points.count - 1].x, limit * (2 * Double(index) / Double(count) - 1))
      if let jump = jump(f, a, b) {
        // The ends of both sides, and a gap between them.
        add(jump.before)
        points.append((jump.before, nil))
        add(jump.after)
      }
      add(b)
    }
    return points
  }

  /// Where a function jumps between two inputs; nil if it only rises or falls steeply.
  private static func jump(
    _ f: (Double) -> Double, _ a: Double, _ b: Double
  ) -> (before: Double, after: Double)? {
    var (low, high) = (a, b)
    let change = abs(f(b) - f(a))
    guard change > 1e-3 else { return nil }
    for _ in 0..<30 {
      let middle = (low + high) / 2
      let value = f(middle)
      if abs(value - f(low)) > abs(f(high) - value) { high = middle } else { low = middle }
    }
    return abs(f(high) - f(low)) > 0.5 * change ? (low, high) : nil
  }
}
