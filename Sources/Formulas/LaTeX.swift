extension Formula {
  /// The formula in LaTeX.
  public var latex: String { LaTeX(graph, parameters).text(of: value) }
  /// The derivative by x in LaTeX.
  public var derivativeLatex: String { LaTeX(graph, parameters).text(of: derivative) }

  /// The lowest derivative by x, the function itself being the 0th, that jumps at a point: whose values
  /// at the neighbouring floats on both sides differ by more than rounding.
  /// - Returns: nil if there is none up to order `limit`.
  public func jump(at x: Double, _ parameters: [Double], upTo limit: Int) -> Int? {
    var graph = graph
    var root = value
    for order in 0...limit {
      if order > 0 { root = graph.derivative(of: root, by: .x) }
      // A slope's part shrinks with the distance, a jump's doesn't.
      let changes = [1e-9, 1e-12].map { distance in
        let sides = [x - distance, x + distance].map { graph.values([root], at: $0, parameters)[0] }
        // The function may have a value of its own at the point; a derivative's is a convention.
        let own = order == 0 ? graph.values([root], at: x, parameters)[0] : sides[0]
        return max(abs(sides[1] - sides[0]), abs(own - sides[0]))
      }
      guard changes.allSatisfy(\.isFinite) else { return order }
      if changes[0] > 1e-6, changes[1] > 0.5 * changes[0] { return order }
    }
    return nil
  }
}

/// Writes expressions in LaTeX.
private struct LaTeX {
  private let graph: Graph
  private let parameters: [String]

  init(_ graph: Graph, _ parameters: [String]) {
    self.graph = graph
    self.parameters = parameters
  }

  /// Beyond this, parts that stand several times would fill pages.
  private static let longest = 4000

  func text(of root: Int) -> String {
    var room = Self.longest
    return write(root, &room).text
  }

  private enum Level: Int { case choice, sum, product, sign, power, primary }

  private static let greek: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "lambda", "mu", "omega", "sigma", "theta", "tau",
  ]

  private func name(_ parameter: String) -> String {
    Self.greek.contains(parameter)
      ? "\\\(parameter)"
      : parameter.count == 1 ? parameter : "\\mathit{\(parameter.replacing("_", with: "\\_"))}"
  }

  private func write(_ index: Int, _ room: inout Int) -> (text: String, level: Level) {
    guard room > 0 else { return ("\\ldots", .primary) }
    func at(_ level: Level, _ operand: Int, _ room: inout Int) -> String {
      let (text, own) = write(operand, &room)
      return own.rawValue < level.rawValue ? "\\left(\(text)\\right)" : text
    }
    let result: (text: String, level: Level)
    switch graph[index] {
    case .number(let value):
      result = (shortText(of: value), value < 0 ? .sign : .primary)
    case .variable: result = ("x", .primary)
    case .parameter(let parameter): result = (name(parameters[parameter]), .primary)
    case .function(.sqrt, let a): result = ("\\sqrt{\(at(.choice, a, &room))}", .primary)
    case .function(.abs, let a):
      result = ("\\left|\(at(.choice, a, &room))\\right|", .primary)
    case .function(.exp, let a): result = ("e^{\(at(.choice, a, &room))}", .power)
    case .function(.expm1, let a):
      result = ("e^{\(at(.choice, a, &room))} - 1", .sum)
    case .function(.log1p, let a):
      result = ("\\ln\\left(1 + \(at(.sum, a, &room))\\right)", .primary)
    case .function(.softplus, let a):
      result = ("\\ln\\left(1 + e^{\(at(.choice, a, &room))}\\right)", .primary)
    case .function(let function, let a):
      result = (
        "\(Function[function].latex)\\left(\(at(.choice, a, &room))\\right)", .primary
      )
    case .negation(let a): result = ("-" + at(.sign, a, &room), .sign)
    case .sum(let a, let b):
      result = ("\(at(.sum, a, &room)) + \(at(.product, b, &room))", .sum)
    case .difference(let a, let b):
      result = ("\(at(.sum, a, &room)) - \(at(.product, b, &room))", .sum)
    case .product(let a, let b):
      result =
        a == b
        ? ("{\(at(.primary, a, &room))}^{2}", .power)
        : ("\(at(.product, a, &room)) \\cdot \(at(.power, b, &room))", .product)
    case .quotient(let a, let b):
      result = ("\\frac{\(at(.choice, a, &room))}{\(at(.choice, b, &room))}", .primary)
    case .power(let a, let b):
      result = ("{\(at(.primary, a, &room))}^{\(at(.choice, b, &room))}", .power)
    case .comparison(let comparison, let a, let b):
      let signs: [Comparison: String] = [
        .lessOrEqual: "\\le", .greaterOrEqual: "\\ge", .equal: "=", .notEqual: "\\ne",
      ]
      let sign = signs[comparison] ?? comparison.rawValue
      result = ("\(at(.sum, a, &room)) \(sign) \(at(.sum, b, &room))", .choice)
    case .choice(let condition, let a, let b):
      if case .comparison(let comparison, a, b) = graph[condition],
        comparison == .greater || comparison == .less
      {
        let name = comparison == .greater ? "\\max" : "\\min"
        result = (
          "\(name)\\left(\(at(.choice, a, &room)), \(at(.choice, b, &room))\\right)", .primary
        )
      } else {
        let (yes, no) = (at(.choice, a, &room), at(.choice, b, &room))
        result = (
          "\\begin{cases} \(yes) & \(at(.choice, condition, &room)) \\\\ \(no) & "
            + "\\text{otherwise} \\end{cases}", .primary
        )
      }
    }
    room -= result.text.count
    return result
  }
}
