/// An input for which a formula's value or a derivative isn't a finite float.
public struct FormulaFault: Hashable, Sendable {
  /// The value, the derivative by x or that by a parameter.
  public enum Subject: Hashable, Sendable {
    case value
    case derivative
    case gradient(parameter: String)
  }

  /// What isn't finite there.
  public let subject: Subject
  /// The input nearest to 0, on one side.
  public let x: Float
  /// The smallest part of the expression that isn't finite there, simplified.
  public let part: String
  /// The part's value: infinite or NaN.
  public let value: Double
  /// Whether it is known that there is none nearer to 0.
  public let isFirst: Bool
  /// Whether all is finite farther down: at 0 or at twice the input; at −0.001 for a fault at 0.
  public let isFiniteBelow: Bool
  /// The same farther up.
  public let isFiniteAbove: Bool
}

extension Formula {
  /// Whether the value and the derivatives are finite for the floats up to a limit, when every operation rounds
  /// to a float.
  ///
  /// Some dozens of inputs are tried per power of two; then intervals are proved to have no fault, and halved
  /// until they are, or down to the float that has one, or the number of looks is used up. A condition that
  /// meets NaN is a fault too.
  ///
  /// - Parameters:
  ///   - parameters: the parameters' values.
  ///   - learned: the parameters by which derivatives are taken.
  ///   - limit: the largest magnitude of an input.
  ///   - looks: the most intervals looked at in each of a hundred parts of the floats; fewer for large formulas.
  /// - Returns: a fault is the nearest to 0 that was found.
  public func finiteness(
    _ parameters: [Double], learned: Set<String> = [],
    within limit: Float = .greatestFiniteMagnitude, looks: Int = 150
  ) -> Finiteness {
    let search = FaultSearch(self, parameters, learned)
    let last = FloatLine.place(limit)
    let sampled = search.sampled(last)
    let end = sampled.map { abs($0) - 1 } ?? last
    let (below, above) = (search.decided(-end, looks), search.decided(end, looks))
    let isKnown = below.isKnown && above.isKnown
    let faults = [below.fault, above.fault, sampled].compactMap { $0 }
    if let place = faults.min(by: { abs($0) < abs($1) }) {
      return .fault(search.fault(at: place, isFirst: isKnown))
    }
    return isKnown ? .proved : .found
  }
}

private struct FaultSearch {
  private let graph: Graph
  private let names: [String]
  private let subjects: [FormulaFault.Subject]
  private let roots: [Int]
  private let needed: [Bool]
  /// The operands of conditions.
  private let conditions: [Int]
  private let parameters: [Double]
  private let size: Int

  init(_ formula: Formula, _ parameters: [Double], _ learned: Set<String>) {
    let varied = formula.parameters.indices.filter { learned.contains(formula.parameters[$0]) }
    (graph, names) = (formula.graph, formula.parameters)
    self.parameters = parameters
    roots = [formula.value, formula.derivative] + varied.map { formula.gradients[$0] }
    subjects =
      [.value, .derivative] + varied.map { .gradient(parameter: formula.parameters[$0]) }
    needed = graph.needed(by: roots)
    conditions = graph.nodes.indices.flatMap { [graph, needed] index -> [Int] in
      guard needed[index], case .comparison(_, let a, let b) = graph[index] else { return [] }
      return [a, b]
    }
    size = max(200, roots.max() ?? 0)
  }

  private func values(at place: Int) -> [Double] {
    graph.values(at: FloatLine.value(place), parameters, needed: needed, rounded: true)
  }

  private func isBroken(_ place: Int) -> Bool {
    let values = values(at: place)
    return !roots.allSatisfy { values[$0].isFinite } || undecided(values) != nil
  }

  /// An operand that is NaN of a condition that decides; nil if there is none.
  private func undecided(_ values: [Double]) -> Int? {
    guard conditions.contains(where: { values[$0].isNaN }) else { return nil }
    var isReached = Array(repeating: false, count: graph.nodes.count)
    for root in roots { isReached[root] = true }
    for index in graph.nodes.indices.reversed() where isReached[index] {
      if case .choice(let condition, _, _) = graph[index] {
        if let operand = graph[condition].operands.first(where: { values[$0].isNaN }) {
          return operand
        }
        isReached[condition] = true
      }
      for operand in contributors(of: index, values) { isReached[operand] = true }
    }
    return nil
  }

  /// The first fault among inputs tried from 0 outward.
  func sampled(_ last: Int) -> Int? {
    // Fewer for large formulas, so that this takes no longer.
    let step = (1 << 18) * (size / 200)
    for start in stride(from: 0, through: last + step - 1, by: step) {
      for sign in [1, -1] {
        let place = sign * min(start, last)
        guard isBroken(place) else { continue }
        // The last input towards 0 that is well.
        var (well, ill) = (sign * max(0, start - step), place)
        if isBroken(well) { ill = well }
        while abs(ill - well) > 1 {
          let middle = well + (ill - well) / 2
          if isBroken(middle) { ill = middle } else { well = middle }
        }
        return ill
      }
    }
    return nil
  }

  /// The fault nearest to 0 towards a float, and whether it is known that there is none nearer, or none.
  func decided(_ end: Int, _ looks: Int) -> (fault: Int?, isKnown: Bool) {
    let parts = 100
    var isKnown = true
    for part in 0..<parts {
      let found = decided(end * part / parts, end * (part + 1) / parts, looks * 200 / size)
      isKnown = isKnown && found.isKnown
      if let fault = found.fault { return (fault, isKnown) }
    }
    return (nil, isKnown)
  }

  private func decided(_ start: Int, _ end: Int, _ looks: Int) -> (fault: Int?, isKnown: Bool) {
    let intervals = parameters.map { Interval($0) }
    // Pieces to look at, the nearest to 0 last.
    var pieces = [(start, end)]
    var left = looks
    while let (near, far) = pieces.popLast() {
      guard left > 0 else { return (nil, false) }
      left -= 1
      let ends = [near, far].map { FloatLine.value($0) }
      if graph.isFinite(
        roots, needed, over: Interval(ends.min() ?? 0, ends.max() ?? 0), intervals)
      {
        continue
      }
      if abs(far - near) > 1 {
        let middle = near + (far - near) / 2
        pieces += [(middle, far), (near, middle)]
      } else if let place = [near, far].first(where: isBroken) {
        return (place, true)
      }
    }
    return (nil, true)
  }

  func fault(at place: Int, isFirst: Bool) -> FormulaFault {
    let values = values(at: place)
    let broken = roots.firstIndex { !values[$0].isFinite }
    var part = broken.map { roots[$0] } ?? undecided(values) ?? roots[0]
    // Follow what isn't finite to where it begins.
    while let next = contributors(of: part, values).first(where: { !values[$0].isFinite }) {
      part = next
    }
    let text = Printer(graph, names).text(of: part)
    func isFinite(at x: Double) -> Bool { !isBroken(FloatLine.place(Float(x))) }
    let x = FloatLine.value(place)
    return FormulaFault(
      subject: subjects[broken ?? 0], x: Float(x),
      part: text.count > 200 ? "\(text.prefix(200))…" : text, value: values[part],
      isFirst: isFirst,
      isFiniteBelow: isFinite(at: x == 0 ? -1e-3 : x - abs(x)),
      isFiniteAbove: isFinite(at: x == 0 ? 1e-3 : x + abs(x)))
  }

  /// The operands that a node's value came from.
  private func contributors(of index: Int, _ values: [Double]) -> [Int] {
    if case .choice(let condition, let a, let b) = graph[index] {
      return [values[condition] != 0 ? a : b]
    }
    return graph[index].operands
  }
}
