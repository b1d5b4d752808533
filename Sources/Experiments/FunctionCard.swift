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
  /// The least and largest value for inputs from −1,000 to 1,000.
  package var minimum: Double
  package var maximum: Double
  /// The least and largest slope there.
  package var leastSlope: Double
  package var largestSlope: Double
  package var shape: FormulaShape
  /// The lowest derivative that jumps at 0: 0 if f does, 1 if f′ does; nil if none up to the third.
  package var jumpAtZero: Int?
  /// Whether f(x) is x times a function that rises from 0 to 1.
  package var isSelfGated: Bool
  /// Whether f becomes flat for small, for large inputs.
  package var saturatesLow: Bool
  package var saturatesHigh: Bool
  /// The functions of the catalogue, at their defaults, that it equals.
  package var equals: [String]
  /// The nearest other one, and the largest difference for |x| ≤ 5.
  package var nearest: String
  package var nearestDifference: Double
  /// The factor of a layer's weights, of variance 1/inputs, that keeps its outputs' mean square 1 for
  /// normal inputs.
  package var criticalGain: Double
  /// The largest input from 0 for which all is finite; nil if there is no end.
  package var overflowsAt: Double?

  /// The card of a function.
  /// - Throws: `TrialShapeError` or `FormulaError` for a function that there isn't.
  package init(_ spec: ActivationSpec) throws {
    guard let definition = spec.definition else {
      throw TrialShapeError(description: "No activation is called \(spec.name).")
    }
    let formula = try Formula(definition.formula)
    let values = formula.parameters.map { spec.parameters[$0] ?? .nan }
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
    lowLimit = Self.limit(f, -1)
    highLimit = Self.limit(f, 1)
    let outputs = Self.grid.map(f), slopes = Self.grid.map(slope)
    minimum = outputs.min() ?? .nan
    maximum = outputs.max() ?? .nan
    leastSlope = slopes.min() ?? .nan
    largestSlope = slopes.max() ?? .nan
    shape = formula.shape(values.map { $0...$0 })
    jumpAtZero = formula.jump(at: 0, values, upTo: 3)
    saturatesLow = abs(slope(-30)) < 1e-3 && abs(slope(-1000)) < 1e-3
    saturatesHigh = abs(slope(30)) < 1e-3 && abs(slope(1000)) < 1e-3
    let gate = [-50.0, -10, -3, -1, -0.3, 0.3, 1, 3, 10, 50].map { f($0) / $0 }
    isSelfGated =
      zip(gate, gate.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 } && gate[0] >= -1e-9
      && gate[0] < 0.01 && abs(gate[9] - 1) < 0.01
    var differences: [(name: String, difference: Double)] = []
    equals = []
    for entry in ActivationCatalogue.entries {
      let other = try Formula(entry.formula)
      let own = entry.resolved()
      let defaults = other.parameters.map { own.parameters[$0] ?? .nan }
      if Self.compared.allSatisfy({
        abs(other.value(at: $0, defaults) - f($0)) <= 1e-12 * max(1, abs(f($0)))
      }) {
        equals.append(entry.name)
        continue
      }
      let difference = Self.near.map { abs(other.value(at: $0, defaults) - f($0)) }.max() ?? 0
      differences.append((entry.name, difference))
    }
    let rest = differences.min { $0.difference < $1.difference }
    nearest = rest?.name ?? ""
    nearestDifference = rest?.difference ?? 0
    criticalGain = 1 / Self.meanSquare(f).squareRoot()
    overflowsAt = formula.fault(values).map { Double($0.x) }
  }

  private static let near = stride(from: -5.0, through: 5, by: 0.05).map { $0 }
  /// The inputs at which functions are compared.
  static let compared = near + [-1000, -100, -30, -10, -7, -6, 6.5, 7, 11, 30, 100, 1000]
  private static let grid =
    stride(from: -30.0, through: 30, by: 0.005).map { $0 }
    + [-1000, -300, -100, -50, 50, 100, 300, 1000]

  /// The mean of f² over a standard normal input, by the trapezoidal rule.
  private static func meanSquare(_ f: (Double) -> Double) -> Double {
    let step = 0.005
    return stride(from: -12.0, through: 12, by: step).reduce(0) { sum, x in
      sum + f(x) * f(x) * exp(-x * x / 2) * step
    } / (2 * Double.pi).squareRoot()
  }

  /// What f does far out, on one side.
  private static func limit(_ f: (Double) -> Double, _ sign: Double) -> String {
    let far = [1e3, 1e4, 1e5].map { f(sign * $0) }
    guard far.allSatisfy(\.isFinite) else { return "unbounded" }
    if abs(far[2] - far[1]) <= 1e-3 * max(1, abs(far[1])) {
      let value = (far[2] * 1e4).rounded() / 1e4
      return canonicalText(of: value == 0 ? 0 : value)
    }
    let slopes = zip(far, [1e3, 1e4, 1e5]).map { $0 / (sign * $1) }
    if abs(slopes[2] - slopes[1]) <= 1e-3 * abs(slopes[1]) {
      let slope = (slopes[2] * 1e4).rounded() / 1e4
      return slope == 1 ? "x" : slope == -1 ? "-x" : "\(canonicalText(of: slope)) x"
    }
    let bounds = [1e3, 1.7e3, 2.9e3, 1e4, 1.3e4].map { abs(f(sign * $0)) }
    return (bounds.max() ?? 0) < 10 ? "oscillates" : f(sign * 1e5) > 0 ? "infinity" : "-infinity"
  }

  /// The card as text.
  package var text: String {
    func number(_ value: Double) -> String { canonicalText(of: (value * 1e6).rounded() / 1e6) }
    var rows = [
      ("f(x)", formula), ("f′(x)", derivative),
    ]
    rows += gradients.sorted { $0.key < $1.key }.map { ("∂f/∂\($0)", $1) }
    if !parameters.isEmpty {
      rows.append(
        (
          "parameters",
          parameters.sorted { $0.key < $1.key }
            .map { "\($0) = \(canonicalText(of: $1))" }.joined(separator: ", ")
        ))
    }
    let shapes: [FormulaShape: String] = [
      .nondecreasing: "never falls (proved over all floats)",
      .valley: "falls, then rises (proved over all floats)",
      .other: "neither rising only nor falling, then rising, was proved",
    ]
    let smoothness = jumpAtZero.map {
      ["f jumps", "f′ jumps", "f″ jumps", "f‴ jumps"][$0]
    }
    rows += [
      ("LaTeX", latex), ("", derivativeLatex),
      ("at 0", "f = \(number(atZero)), f′ = \(number(slopeAtZero))"),
      ("at 0, smooth", smoothness ?? "up to the third derivative"),
      ("limits", "\(lowLimit) for x → −∞, \(highLimit) for x → ∞"),
      ("range", "\(number(minimum)) to \(number(maximum)) for |x| ≤ 1,000"),
      ("slope", "\(number(leastSlope)) to \(number(largestSlope))"),
      ("shape", shapes[shape] ?? ""),
      ("self-gated", isSelfGated ? "yes" : "no"),
      (
        "saturates",
        saturatesLow
          ? saturatesHigh ? "on both sides" : "for small inputs"
          : saturatesHigh ? "for large inputs" : "no"
      ),
      ("equals", equals.isEmpty ? "no function of the catalogue" : equals.joined(separator: ", ")),
      ("nearest", "\(nearest), at most \(number(nearestDifference)) away for |x| ≤ 5"),
      ("critical gain", number(criticalGain)),
      (
        "finite",
        overflowsAt.map { "for |x| < \(canonicalText(of: abs($0)))" } ?? "for all finite floats"
      ),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return ([name] + rows.map { $0.padded(to: width) + "  " + $1 }).joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
