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
}

extension Formula {
  /// Looks for a finite input whose value or derivatives overflow or aren't defined, when every operation
  /// rounds to a float. Inputs are tried from 0 outward, some dozens per power of two.
  ///
  /// - Parameters:
  ///   - parameters: the parameters' values.
  ///   - learned: the parameters by which derivatives are taken.
  ///   - limit: the largest magnitude of an input.
  /// - Returns: the fault nearest to 0.
  public func fault(
    _ parameters: [Double], learned: Set<String> = [],
    within limit: Float = .greatestFiniteMagnitude
  ) -> FormulaFault? {
    let varied = self.parameters.indices.filter { learned.contains(self.parameters[$0]) }
    let roots = [value, derivative] + varied.map { gradients[$0] }
    let needed = graph.needed(by: roots)
    func broken(_ place: Int) -> Int? {
      let values = graph.values(
        at: FloatLine.value(place), parameters, needed: needed, rounded: true)
      return roots.indices.first { !values[roots[$0]].isFinite }
    }
    let last = FloatLine.place(limit)
    // Fewer for large formulas, so that this takes no longer.
    let step = (1 << 18) * max(1, roots.max().map { $0 / 200 } ?? 1)
    for start in stride(from: 0, through: last + step - 1, by: step) {
      for sign in [1, -1] {
        let place = sign * min(start, last)
        guard broken(place) != nil else { continue }
        // The last input towards 0 that is well.
        var (well, ill) = (sign * max(0, start - step), place)
        if broken(well) != nil { ill = well }
        while abs(ill - well) > 1 {
          let middle = well + (ill - well) / 2
          if broken(middle) == nil { well = middle } else { ill = middle }
        }
        let subject = broken(ill) ?? 0
        return fault(
          at: ill, roots[subject],
          subject == 0
            ? .value
            : subject == 1
              ? .derivative : .gradient(parameter: self.parameters[varied[subject - 2]]),
          needed, parameters)
      }
    }
    return nil
  }

  private func fault(
    at place: Int, _ root: Int, _ subject: FormulaFault.Subject, _ needed: [Bool],
    _ parameters: [Double]
  ) -> FormulaFault {
    let x = FloatLine.value(place)
    let values = graph.values(at: x, parameters, needed: needed, rounded: true)
    var part = root
    // Follow what isn't finite to where it begins.
    while let next = contributors(of: part, values).first(where: { !values[$0].isFinite }) {
      part = next
    }
    let text = Printer(graph, self.parameters).text(of: part)
    return FormulaFault(
      subject: subject, x: Float(x), part: text.count > 200 ? "\(text.prefix(200))…" : text,
      value: values[part])
  }

  /// The operands that a node's value came from.
  private func contributors(of index: Int, _ values: [Double]) -> [Int] {
    if case .choice(let condition, let a, let b) = graph[index] {
      return [values[condition] != 0 ? a : b]
    }
    return graph[index].operands
  }
}
