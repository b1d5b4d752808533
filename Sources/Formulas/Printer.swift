/// Writes expressions as formulas are written; the text reads back as the same expression.
///
/// A subexpression that stands more than once and isn't small is named: `let u = …; u * sigmoid(u)`.
struct Printer {
  private let graph: Graph
  private let parameters: [String]

  init(_ graph: Graph, _ parameters: [String]) {
    self.graph = graph
    self.parameters = parameters
  }

  func text(of root: Int) -> String {
    var names: [Int: String] = [:]
    var text = ""
    var candidates = (0...).lazy.map(Self.name).filter { !parameters.contains($0) }.makeIterator()
    for index in shared(root) {
      guard let name = candidates.next() else { break }
      text += "let \(name) = \(write(index, names).text); "
      names[index] = name
    }
    return text + write(root, names).text
  }

  /// u, v, w, t, s, r, u2, v2 …
  private static func name(_ number: Int) -> String {
    let letters = ["u", "v", "w", "t", "s", "r"]
    let round = number / letters.count
    return letters[number % letters.count] + (round == 0 ? "" : String(round + 1))
  }

  /// Nodes worth a name, operands first.
  private func shared(_ root: Int) -> [Int] {
    let needed = graph.needed(by: [root])
    var uses = Array(repeating: 0, count: graph.nodes.count)
    var sizes = Array(repeating: 1, count: graph.nodes.count)
    for index in graph.nodes.indices where needed[index] {
      for operand in graph[index].operands {
        uses[operand] += 1
        sizes[index] = min(1000, sizes[index] + sizes[operand])
      }
    }
    return graph.nodes.indices.filter {
      if case .comparison = graph[$0] { return false }
      return needed[$0] && uses[$0] > 1 && sizes[$0] > 3 && $0 != root
    }
  }

  // MARK: - Expressions

  private enum Level: Int, Comparable {
    case choice, sum, product, sign, power, primary
    static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  private func write(_ index: Int, _ names: [Int: String]) -> (text: String, level: Level) {
    func at(_ level: Level, _ operand: Int) -> String {
      let (text, own) = part(operand, names)
      return own < level ? "(\(text))" : text
    }
    switch graph[index] {
    case .number(let value):
      return (shortText(of: value), value < 0 ? .sign : .primary)
    case .variable: return ("x", .primary)
    case .parameter(let parameter): return (parameters[parameter], .primary)
    case .function(let name, let a): return ("\(name.text)(\(at(.choice, a)))", .primary)
    case .negation(let a): return ("-" + at(.sign, a), .sign)
    case .sum(let a, let b): return ("\(at(.sum, a)) + \(at(.product, b))", .sum)
    case .difference(let a, let b): return ("\(at(.sum, a)) - \(at(.product, b))", .sum)
    case .product(let a, let b):
      if a == b { return ("\(at(.primary, a))^2", .power) }
      return ("\(at(.product, a)) * \(at(.sign, b))", .product)
    case .quotient(let a, let b): return ("\(at(.product, a)) / \(at(.power, b))", .product)
    case .power(let a, let b): return ("\(at(.primary, a))^\(at(.power, b))", .power)
    case .comparison(let comparison, let a, let b):
      return ("\(at(.sum, a)) \(comparison.rawValue) \(at(.sum, b))", .choice)
    case .choice(let condition, let a, let b):
      if case .comparison(let comparison, a, b) = graph[condition] {
        if comparison == .greater { return ("max(\(at(.choice, a)), \(at(.choice, b)))", .primary) }
        if comparison == .less { return ("min(\(at(.choice, a)), \(at(.choice, b)))", .primary) }
      }
      return ("\(part(condition, names).text) ? \(at(.sum, a)) : \(at(.choice, b))", .choice)
    }
  }

  private func part(_ index: Int, _ names: [Int: String]) -> (text: String, level: Level) {
    if let name = names[index] { return (name, .primary) }
    return write(index, names)
  }
}
