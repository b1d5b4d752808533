extension Formula {
  /// Whether a formula is finite, with its derivatives.
  public enum Finiteness: Hashable, Sendable {
    /// For every float within the limits.
    case proved
    /// At none of the floats that were tried, but they weren't all.
    case found
    /// It isn't.
    case fault(FormulaFault)

    /// Where it isn't finite.
    public var fault: FormulaFault? { if case .fault(let fault) = self { fault } else { nil } }
  }
}

extension Graph {
  /// Whether the value of every root is a finite float for every x between two floats, when each operation
  /// rounds to a float; false also where it isn't known.
  func isFinite(
    _ roots: [Int], _ needed: [Bool], over x: Interval, _ parameters: [Interval]
  ) -> Bool {
    var ranges = Array(repeating: Interval(0), count: nodes.count)
    var isSmooth = true
    for (index, node) in nodes.enumerated() where needed[index] {
      let range = bounds(of: index, ranges, over: x, parameters, rounded: true, isSmooth: &isSmooth)
      ranges[index] = isUndefined(node, ranges) ? range.partial(true).rounded : range.rounded
    }
    return roots.allSatisfy {
      !ranges[$0].isPartial && ranges[$0].low.isFinite && ranges[$0].high.isFinite
    }
  }

  /// Whether an infinite operand, or one without a value, may leave a node without a value.
  private func isUndefined(_ node: Node, _ ranges: [Interval]) -> Bool {
    switch node {
    case .sum(let a, let b):
      ranges[a].high == .infinity && ranges[b].low == -.infinity
        || ranges[a].low == -.infinity && ranges[b].high == .infinity
    case .difference(let a, let b):
      ranges[a].high == .infinity && ranges[b].high == .infinity
        || ranges[a].low == -.infinity && ranges[b].low == -.infinity
    case .product(let a, let b):
      a != b
        && (ranges[a].isInfinite && ranges[b].contains(0)
          || ranges[b].isInfinite && ranges[a].contains(0))
    case .power(let a, let b): ranges[a].isInfinite || ranges[b].isInfinite
    case .function(.sin, let a), .function(.cos, let a): ranges[a].isInfinite
    // Which branch is taken isn't known where the condition meets NaN.
    case .choice(let condition, _, _): nodes[condition].operands.contains { ranges[$0].isPartial }
    default: false
    }
  }
}

extension Interval {
  fileprivate var isInfinite: Bool { low == -.infinity || high == .infinity }

  /// Bounds of the values once they are rounded to floats, which may be infinite.
  fileprivate var rounded: Interval {
    Interval(Double(Float(low)), Double(Float(high)), isPartial: isPartial)
  }
}
