import Foundation
import Formulas
import Models
import Support

/// What is known of an activation function: derivatives, limits, range, shape, what it equals.
package struct FunctionCard: Encodable, Sendable {
  package var name: String
  package var formula: String
  package var derivative: String
  package var latex: String
  package var derivativeLatex: String
  package var parameters: [String: Double]
  /// The derivatives by the parameters.
  package var gradients: [String: String]
  package var atZero: Double
  package var slopeAtZero: Double
  /// What f approaches for small and for large inputs: a number, or a line such as `0.5 x`, in words.
  package var lowLimit: String
  package var highLimit: String
  /// The least and largest value over all floats; infinite where there is no end.
  package var minimum: Double
  package var maximum: Double
  /// The least and largest slope.
  package var leastSlope: Double
  package var largestSlope: Double
  /// The smallest L for which |f(x) − f(y)| ≤ L·|x − y|; infinite where there is none.
  package var lipschitz: Double
  /// An input beside which f jumps.
  package var jumpsAt: Double?
  /// What of the above isn't merely found by trying.
  package var proved: Proved
  package var shape: FormulaShape
  /// The lowest derivative that jumps at 0: 0 if f does, 1 if f′ does; nil if none up to the third.
  package var jumpAtZero: Int?
  /// Whether f(x) is x times a function that rises from 0 to 1.
  package var isSelfGated: Bool
  /// Whether f has a limit for small, for large inputs.
  package var saturatesLow: Bool
  package var saturatesHigh: Bool
  /// The functions of the catalogue that it equals, at their defaults or with its own numbers as their
  /// parameters.
  package var equals: [String]
  /// The nearest other one, and the largest difference for |x| ≤ 5.
  package var nearest: String
  package var nearestDifference: Double
  /// The factor of a layer's weights, of variance 1/inputs, that keeps its outputs' mean square 1 for
  /// normal inputs.
  package var criticalGain: Double
  /// The input nearest to 0 where something isn't finite; nil if none was found.
  package var overflowsAt: Double?
  /// What it costs to compute on this machine; only where that was measured.
  package var cost: Cost?

  let bounds: FormulaBounds
  let finiteness: Formula.Finiteness

  /// Bounds that no input passes, rounded outward; nil where nothing was proved.
  package struct Proved: Encodable, Hashable, Sendable {
    package var minimum: Double?
    package var maximum: Double?
    package var leastSlope: Double?
    package var largestSlope: Double?
    package var lipschitz: Double?
    /// Whether the limits were derived from the formula.
    package var lowLimit: Bool
    package var highLimit: Bool
    /// Whether all is finite, at all floats or up to `overflowsAt`.
    package var finite: Bool

    init(_ bounds: FormulaBounds, _ finiteness: Formula.Finiteness) {
      finite = finiteness == .proved || finiteness.fault?.isFirst == true
      func proved(_ end: FormulaBounds.End) -> Double? {
        end.isUnbounded || end.bound.isFinite ? end.bound : nil
      }
      minimum = proved(bounds.lower)
      maximum = proved(bounds.upper)
      leastSlope = proved(bounds.leastSlope)
      largestSlope = proved(bounds.largestSlope)
      lipschitz = proved(bounds.lipschitz)
      lowLimit = bounds.lowLimit != .unknown
      highLimit = bounds.highLimit != .unknown
    }
  }

  /// The time of one value with its derivative.
  package struct Cost: Encodable, Hashable, Sendable {
    package var nanosecondsPerValue: Double
    /// Divided by ReLU's.
    package var timesReLU: Double

    package init(nanosecondsPerValue: Double, timesReLU: Double) {
      self.nanosecondsPerValue = nanosecondsPerValue
      self.timesReLU = timesReLU
    }

    private enum CodingKeys: String, CodingKey {
      case nanosecondsPerValue
      case timesReLU = "timesRelu"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case name, formula, derivative, latex, derivativeLatex, parameters, gradients, atZero
    case slopeAtZero, lowLimit, highLimit, minimum, maximum, leastSlope, largestSlope, lipschitz
    case jumpsAt, proved, shape, jumpAtZero, isSelfGated, saturatesLow, saturatesHigh, equals
    case nearest, nearestDifference, criticalGain, overflowsAt, cost
  }

  /// The card of a function.
  /// - Throws: `TrialShapeError` or `FormulaError` for a function that there isn't.
  package init(_ spec: ActivationSpec) throws {
    let (formula, values) = try spec.formulaAndValues()
    let f = { formula.value(at: $0, values) }
    let slope = { formula.derivative(at: $0, values) }
    name = spec.displayLabel
    self.formula = formula.text
    derivative = formula.derivativeText
    latex = formula.latex
    derivativeLatex = formula.derivativeLatex
    parameters = spec.parameters
    gradients = Dictionary(
      uniqueKeysWithValues: formula.parameters.enumerated().map {
        ($1, formula.gradientText($0))
      })
    (atZero, slopeAtZero) = (f(0), slope(0))
    bounds = formula.bounds(values)
    lowLimit = Self.text(of: bounds.lowLimit, side: -1) ?? Self.foundLimit(f, -1)
    highLimit = Self.text(of: bounds.highLimit, side: 1) ?? Self.foundLimit(f, 1)
    minimum = bounds.lower.found
    maximum = bounds.upper.found
    leastSlope = bounds.leastSlope.found
    largestSlope = bounds.largestSlope.found
    lipschitz = bounds.lipschitz.found
    jumpsAt = bounds.jump
    shape = formula.shape(values.map { $0...$0 })
    jumpAtZero = formula.jump(at: 0, values, upTo: 3)
    saturatesLow = Double(lowLimit) != nil
    saturatesHigh = Double(highLimit) != nil
    let gate = [-1000.0, -10, -3, -1, -0.3, 0.3, 1, 3, 10, 1000].map { f($0) / $0 }
    isSelfGated =
      zip(gate, gate.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 } && gate[0] >= -1e-9
      && gate[0] < 0.01 && abs(gate[9] - 1) < 0.01
    let twins = try Twins(f, of: spec, numbers: formula.numbers)
    equals = twins.equals
    nearest = twins.nearest
    nearestDifference = twins.difference
    criticalGain = 1 / Self.meanSquare(f).squareRoot()
    finiteness = formula.finiteness(values, learned: Set(spec.learned.keys))
    proved = Proved(bounds, finiteness)
    overflowsAt = finiteness.fault.map { Double($0.x) }
  }

  /// The mean of f² over a standard normal input, by the trapezoidal rule.
  private static func meanSquare(_ f: (Double) -> Double) -> Double {
    let step = 0.005
    return stride(from: -12.0, through: 12, by: step).reduce(0) { sum, x in
      sum + f(x) * f(x) * exp(-x * x / 2) * step
    } / (2 * Double.pi).squareRoot()
  }

  /// nil where nothing was derived.
  private static func text(of limit: FormulaLimit, side: Double) -> String? {
    switch limit {
    case .number(let value): number(value)
    case .line(let slope): line(side * slope)
    case .infinity: "infinity"
    case .negativeInfinity: "-infinity"
    case .between: "oscillates"
    case .unknown: nil
    }
  }

  private static func line(_ slope: Double) -> String {
    slope == 1 ? "x" : slope == -1 ? "-x" : "\(number(slope)) x"
  }

  /// What f seems to do far out, on one side.
  private static func foundLimit(_ f: (Double) -> Double, _ sign: Double) -> String {
    let far = [1e3, 1e4, 1e5].map { f(sign * $0) }
    guard far.allSatisfy(\.isFinite) else { return "unbounded" }
    func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
    if abs(far[2] - far[1]) <= 1e-3 * max(1, abs(far[1])) { return number(rounded(far[2])) }
    let slopes = zip(far, [1e3, 1e4, 1e5]).map { $0 / (sign * $1) }
    if abs(slopes[2] - slopes[1]) <= 1e-3 * abs(slopes[1]) { return line(rounded(slopes[2])) }
    let bounds = [1e3, 1.7e3, 2.9e3, 1e4, 1.3e4].map { abs(f(sign * $0)) }
    return (bounds.max() ?? 0) < 10 ? "oscillates" : f(sign * 1e5) > 0 ? "infinity" : "-infinity"
  }
}
