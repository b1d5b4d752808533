import Foundation
import Formulas

extension FunctionCard {
  /// The card as text.
  package var text: String {
    ([name] + rows.aligned).joined(separator: "\n")
  }

  private var rows: [(String, String)] {
    var rows = [("f(x)", formula), ("f′(x)", derivative)]
    rows += gradients.sorted { $0.key < $1.key }.map { ("∂f/∂\($0)", $1) }
    if !parameters.isEmpty {
      rows.append(
        (
          "parameters",
          parameters.sorted { $0.key < $1.key }
            .map { "\($0) = \(canonicalText(of: $1))" }.joined(separator: ", ")
        ))
    }
    rows += [("LaTeX", latex), ("", derivativeLatex)]
    rows += properties.map { ($0.name, $0.value) }
    if let cost {
      let time = Self.digits(cost.nanosecondsPerValue, 3)
      rows.append(
        (
          "cost",
          "\(time) ns per value with its derivative, \(Self.digits(cost.timesReLU, 2)) times ReLU's"
        ))
    }
    return rows
  }

  /// What the function does: names and values, in the order of a card.
  package var properties: [(name: String, value: String)] {
    let shapes: [FormulaShape: String] = [
      .nondecreasing: "never falls (proved over all floats)",
      .valley: "falls, then rises (proved over all floats)",
      .other: "neither rising only nor falling, then rising, was proved",
    ]
    let smoothness = jumpAtZero.map {
      ["f jumps", "f′ jumps", "f″ jumps", "f‴ jumps"][$0]
    }
    return [
      ("at 0", "f = \(Self.number(atZero)), f′ = \(Self.number(slopeAtZero))"),
      ("at 0, smooth", smoothness ?? "up to the third derivative"),
      ("limits", limits), ("range", Self.text(bounds.lower, bounds.upper)),
      ("slope", Self.text(bounds.leastSlope, bounds.largestSlope)),
      ("Lipschitz constant", lipschitzText), ("shape", shapes[shape] ?? ""),
      ("self-gated", isSelfGated ? "yes" : "no"),
      (
        "saturates",
        saturatesLow
          ? saturatesHigh ? "on both sides" : "for small inputs"
          : saturatesHigh ? "for large inputs" : "no"
      ),
      (
        "equals",
        equals.isEmpty
          ? "no function of the catalogue"
          : "\(equals.joined(separator: ", ")) (at \(Twins.compared.count) inputs)"
      ),
      ("nearest", "\(nearest), at most \(Self.number(nearestDifference)) away for |x| ≤ 5"),
      (
        "critical gain",
        criticalGain.isFinite
          ? Self.number(criticalGain) : "none: the mean square of f isn't finite, or is 0"
      ),
      (
        "finite",
        finiteText
      ),
    ]
  }

  private var finiteText: String {
    switch finiteness {
    case .proved: return "at all floats (proved)"
    case .found: return "at all floats tried"
    case .fault(let fault): return text(of: fault)
    }
  }

  private func text(of fault: FormulaFault) -> String {
    let (x, part) = (Double(fault.x), "where \(fault.part) is \(Self.number(fault.value))")
    let isFar = x != 0 && (x > 0 ? !fault.isFiniteAbove : !fault.isFiniteBelow)
    if isFar {
      return "for |x| < \(canonicalText(of: abs(x)))" + (fault.isFirst ? "" : ", as far as tried")
    }
    switch (fault.isFiniteBelow, fault.isFiniteAbove) {
    case (true, true): return "not at \(canonicalText(of: x)), \(part)"
    case (false, false): return "not at \(canonicalText(of: x)) and on both sides, \(part)"
    case (false, true): return "not at \(canonicalText(of: x)) and below, \(part)"
    case (true, false): return "not at \(canonicalText(of: x)) and above, \(part)"
    }
  }

  private var limits: String {
    func text(_ limit: String, _ isDerived: Bool) -> String {
      isDerived ? limit : "\(limit) (found, not derived)"
    }
    return "\(text(lowLimit, proved.lowLimit)) for x → −∞, "
      + "\(text(highLimit, proved.highLimit)) for x → ∞"
  }

  private var lipschitzText: String {
    if let jumpsAt { return "none: f jumps at \(Self.number(jumpsAt))" }
    let end = bounds.lipschitz
    if end.isUnbounded { return "none: the slope grows without end" }
    if end.isProved { return "\(Self.outward(end, up: true)) (proved)" }
    let proved =
      end.bound.isFinite ? "; proved: at most \(Self.outward(end, up: true))" : ", not proved"
    return "\(Self.number(end.found)) (found\(proved))"
  }

  // MARK: - Numbers

  /// Six decimals, or six digits of a smaller number.
  static func number(_ value: Double) -> String { number(value, .toNearestOrEven) }

  private static func number(_ value: Double, _ rule: FloatingPointRoundingRule) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "−∞" }
    guard abs(value) < 1e9 else { return canonicalText(of: value) }
    guard abs(value) < 1e-3 else {
      return canonicalText(of: (value * 1e6).rounded(rule) / 1e6)
    }
    // What rounding leaves of 0.
    guard abs(value) > 1e-15 else { return "0" }
    let scale = pow(10, 5 - log10(abs(value)).rounded(.down))
    return canonicalText(of: (value * scale).rounded(rule) / scale)
  }

  /// So many significant digits.
  private static func digits(_ value: Double, _ count: Int) -> String {
    guard value > 0, value.isFinite else { return number(value) }
    var scale = 1.0
    while value * scale < 0.1 { scale *= 10 }
    while value * scale >= 1 { scale /= 10 }
    for _ in 0..<count { scale *= 10 }
    return canonicalText(of: scale > 1 ? (value * scale).rounded() / scale : value.rounded())
  }

  /// A bound in six decimals, not less than it (up) or not more; a rounding of the last bits aside.
  private static func outward(_ end: FormulaBounds.End, up: Bool) -> String {
    let bound = end.bound
    guard bound.isFinite, abs(bound) < 1e9 else { return number(bound) }
    let text = number(bound)
    // A rounding of the last bits isn't worth a digit.
    if let near = Double(text), abs(near - bound) <= 1e-9 * min(1, abs(bound)) + 1e-12 {
      return text
    }
    return number(bound, up ? .up : .down)
  }

  private static func text(_ lower: FormulaBounds.End, _ upper: FormulaBounds.End) -> String {
    let bounds = "\(outward(lower, up: false)) to \(outward(upper, up: true))"
    if lower.isProved, upper.isProved { return "\(bounds) (proved)" }
    func found(_ end: FormulaBounds.End, up: Bool) -> String {
      end.isProved ? outward(end, up: up) : number(end.found)
    }
    let isKnown = [lower, upper].contains { $0.isUnbounded || $0.bound.isFinite }
    return "\(found(lower, up: false)) to \(found(upper, up: true)) "
      + (isKnown ? "(found; proved: \(bounds))" : "(found, not proved)")
  }
}

extension [(String, String)] {
  fileprivate var aligned: [String] {
    let width = map(\.0.count).max() ?? 0
    return map { name, value in
      name + String(repeating: " ", count: width - name.count) + "  " + value
    }
  }
}
