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
  /// Whether all is finite again at twice that input.
  public let isLocal: Bool
}

extension Formula {
  /// Whether the value and the derivatives are finite for the floats up to a limit, when every operation rounds
  /// to a float.
  ///
  /// Some dozens of inputs are tried per power of two; then intervals are proved to have no fault, and halved
  /// until they are, or down to the float that has one, or the number of looks is used up.
  ///
  /// - Parameters:
  ///   - parameters: the parameters' values.
  ///   - learned: the parameters by which derivatives are taken.
  ///   - limit: the largest magnitude of an input.
  ///   - looks: the most intervals looked at on each side of 0; fewer for large formulas.
  /// - Returns: a fault is the first one found, which is the nearest to 0 on its side but where faults lie apart.
  public func finiteness(
    _ parameters: [Double], learned: Set<String> = [],
    within limit: Float = .greatestFiniteMagnitude, looks: Int = 4000
  ) -> Finiteness {
    let search = FaultSearch(self, parameters, learned)
    let last = FloatLine.place(limit)
    if let place = search.sampled(last) { return .fault(search.fault(at: place)) }
    let (below, above) = (search.decided(-last, looks), search.decided(last, looks))
    let faults = [below.fault, above.fault].compactMap { $0 }
    if let place = faults.min(by: { abs($0) < abs($1) }) { return .fault(search.fault(at: place)) }
    return below.isKnown && above.isKnown ? .proved : .found
  }
}

private struct FaultSearch {
  private let graph: Graph
  private let names: [String]
  private let subjects: [FormulaFault.Subject]
  private let roots: [Int]
  private let needed: [Bool]
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
    size = max(200, roots.max() ?? 0)
  }

  private func values(at place: Int) -> [Double] {
    graph.values(at: FloatLine.value(place), parameters, needed: needed, rounded: true)
  }

  private func isBroken(_ place: Int) -> Bool {
    let values = values(at: place)
    return !roots.allSatisfy { values[$0].isFinite }
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

  /// The first fault from 0 towards a float, and whether there is none where none was found.
  func decided(_ end: Int, _ looks: Int) -> (fault: Int?, isKnown: Bool) {
    let intervals = parameters.map { Interval($0) }
    // Pieces to look at, the nearest to 0 last.
    var pieces = [(0, end)]
    var left = looks * 200 / size
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

  func fault(at place: Int) -> FormulaFault {
    let values = values(at: place)
    let subject = roots.firstIndex { !values[$0].isFinite } ?? 0
    var part = roots[subject]
    // Follow what isn't finite to where it begins.
    while let next = contributors(of: part, values).first(where: { !values[$0].isFinite }) {
      part = next
    }
    let text = Printer(graph, names).text(of: part)
    return FormulaFault(
      subject: subjects[subject], x: Float(FloatLine.value(place)),
      part: text.count > 200 ? "\(text.prefix(200))…" : text, value: values[part],
      isLocal: !isBroken(FloatLine.place(Float(2 * FloatLine.value(place)))))
  }

  /// The operands that a node's value came from.
  private func contributors(of index: Int, _ values: [Double]) -> [Int] {
    if case .choice(let condition, let a, let b) = graph[index] {
      return [values[condition] != 0 ? a : b]
    }
    return graph[index].operands
  }
}
