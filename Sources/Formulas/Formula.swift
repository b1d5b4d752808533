/// A function of x with named parameters, read from its text.
///
/// The grammar is that of arithmetic in most languages, with `^` for powers; `Parser` describes it.
public struct Formula: Hashable, Sendable {
  /// The text as it was written, without blanks around it.
  public let text: String
  /// The names that are neither x nor a function's or a constant's, in the order of their first use.
  public let parameters: [String]
  /// The columns of the parameters' first use, counted from 1.
  public let parameterColumns: [Int]

  let graph: Graph
  let value: Int
  let derivative: Int
  /// The derivatives by the parameters.
  let gradients: [Int]

  /// Reads a formula.
  /// - Throws: the first fault in the text, with its column.
  public init(_ text: String) throws(FormulaError) {
    var parser = try Parser(text)
    let root = try parser.expression()
    self.text =
      text.split(whereSeparator: \.isNewline).joined(separator: " ")
      .trimmingSpaces
    parameters = parser.parameters
    parameterColumns = parser.columns
    var graph = parser.graph
    value = root
    derivative = graph.derivative(of: root, by: .x)
    gradients = parser.parameters.indices.map {
      graph.derivative(of: root, by: .parameter($0))
    }
    self.graph = graph
    guard graph.nodes.count <= 8 * Parser.largest else {
      throw FormulaError(1, "the formula's derivatives have too many operations")
    }
  }

  /// Whether x occurs in it.
  public var dependsOnX: Bool {
    let needed = graph.needed(by: [value])
    return graph.nodes.indices.contains { needed[$0] && graph[$0] == .variable }
  }

  /// The value in double precision.
  public func value(at x: Double, _ parameters: [Double] = []) -> Double {
    graph.values([value], at: x, parameters)[0]
  }

  /// The derivative by x; at a kink that of the branch that the condition takes there.
  public func derivative(at x: Double, _ parameters: [Double] = []) -> Double {
    graph.values([derivative], at: x, parameters)[0]
  }

  /// The derivatives by the parameters.
  public func gradients(at x: Double, _ parameters: [Double] = []) -> [Double] {
    graph.values(gradients, at: x, parameters)
  }

  /// The value as text, simplified.
  public var simplified: String { Printer(graph, parameters).text(of: value) }
  /// The derivative by x as text.
  public var derivativeText: String { Printer(graph, parameters).text(of: derivative) }
  /// The derivative by a parameter as text.
  public func gradientText(_ index: Int) -> String {
    Printer(graph, parameters).text(of: gradients[index])
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
