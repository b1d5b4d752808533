import Support

/// Reads a formula: an expression in `x`, numbers, named parameters, `pi` and `e`, with `+ - * / ^`,
/// comparisons, `condition ? a : b`, `let name = …;` and the functions.
struct Parser {
  static let longest = 2000
  static let deepest = 100
  static let largest = 1000
  static let mostParameters = 16

  private(set) var graph = Graph()
  private(set) var parameters: [String] = []
  /// Where each parameter is first named.
  private(set) var columns: [Int] = []
  private let tokens: [Token]
  private var at = 0
  private var depth = 0
  private var locals: [String: Int] = [:]

  private static let constants = ["pi": Double.pi, "π": Double.pi, "e": Function.e]
  private static let shorthands = ["relu": 1, "min": 2, "max": 2, "clamp": 3]
  static let reserved = Set(constants.keys).union(shorthands.keys).union(Function.names)
    .union(["x", "let"])

  init(_ text: String) throws(FormulaError) {
    guard text.count <= Self.longest else {
      throw FormulaError(
        Self.longest + 1, "the formula has more than \(Self.longest) characters")
    }
    tokens = try Token.tokens(of: text)
  }

  /// Reads the whole text.
  /// - Returns: the expression's node.
  mutating func expression() throws(FormulaError) -> Int {
    let root = try bound()
    guard next.kind == .end else {
      throw expected("an operator or the end")
    }
    return root
  }

  // MARK: - Tokens

  private var next: Token { tokens[at] }

  private mutating func take(_ symbol: String) -> Bool {
    guard next.kind == .symbol(symbol) else { return false }
    at += 1
    return true
  }

  private mutating func require(_ symbol: String, _ purpose: String) throws(FormulaError) {
    guard take(symbol) else { throw expected("‘\(symbol)’ \(purpose)") }
  }

  private func expected(_ wanted: String) -> FormulaError {
    let hint: String
    switch next.kind {
    case .symbol("**"): hint = "; a power is written with ‘^’"
    case .symbol("="): hint = "; equality is written ‘==’"
    case .symbol("&&"), .symbol("||"): hint = "; conditions nest: a ? (b ? u : v) : v"
    default: hint = ""
    }
    return FormulaError(next.column, "expected \(wanted), found \(next.quoted)\(hint)")
  }

  private mutating func nested<T>(
    _ body: (inout Parser) throws(FormulaError) -> T
  ) throws(FormulaError) -> T {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw FormulaError(
        next.column, "expressions are nested more than \(Self.deepest) deep here")
    }
    guard graph.nodes.count <= Self.largest else {
      throw FormulaError(next.column, "the formula has more than \(Self.largest) operations")
    }
    return try body(&self)
  }

  // MARK: - Grammar

  /// `let name = value; … result`
  private mutating func bound() throws(FormulaError) -> Int {
    let outer = locals
    defer { locals = outer }
    while next.kind == .name("let") {
      at += 1
      let token = next
      guard case .name(let name) = token.kind else {
        throw expected("a name after ‘let’")
      }
      guard !Self.reserved.contains(name) else {
        throw FormulaError(token.column, "‘\(name)’ already has a meaning: choose another name")
      }
      guard !parameters.contains(name) else {
        throw FormulaError(token.column, "‘\(name)’ is used above as a parameter")
      }
      at += 1
      try require("=", "after the name")
      let value = try nested { parser throws(FormulaError) in try parser.bound() }
      try require(";", "after the value of ‘\(name)’")
      locals[name] = value
    }
    return try conditional()
  }

  private mutating func conditional() throws(FormulaError) -> Int {
    try nested { parser throws(FormulaError) in
      let first = try parser.sum()
      guard let comparison = parser.comparison() else {
        guard parser.next.kind != .symbol("?") else {
          throw FormulaError(
            parser.next.column, "what stands before ‘?’ must be a comparison, such as x > 0")
        }
        return first
      }
      let second = try parser.sum()
      if parser.comparison() != nil {
        throw FormulaError(
          parser.tokens[parser.at - 1].column, "comparisons can't be chained; conditions nest")
      }
      let condition = parser.graph.comparison(comparison, first, second)
      try parser.require("?", "after a comparison")
      let yes = try parser.bound()
      try parser.require(":", "between the two results of ‘?’")
      let no = try parser.bound()
      return parser.graph.choice(condition, yes, no)
    }
  }

  private mutating func comparison() -> Comparison? {
    guard case .symbol(let symbol) = next.kind, let comparison = Comparison(rawValue: symbol)
    else { return nil }
    at += 1
    return comparison
  }

  private mutating func sum() throws(FormulaError) -> Int {
    var result = try product()
    while true {
      if take("+") {
        let term = try product()
        result = graph.sum(result, term)
      } else if take("-") {
        let term = try product()
        result = graph.difference(result, term)
      } else {
        return result
      }
    }
  }

  private mutating func product() throws(FormulaError) -> Int {
    var result = try signed()
    while true {
      if take("*") {
        let factor = try signed()
        result = graph.product(result, factor)
      } else if take("/") {
        let divisor = try signed()
        result = graph.quotient(result, divisor)
      } else {
        return result
      }
    }
  }

  /// A sign binds less than a power: `-x^2` is −(x²).
  private mutating func signed() throws(FormulaError) -> Int {
    if take("+") { return try nested { parser throws(FormulaError) in try parser.signed() } }
    guard take("-") else { return try power() }
    let operand = try nested { parser throws(FormulaError) in try parser.signed() }
    return graph.negation(operand)
  }

  private mutating func power() throws(FormulaError) -> Int {
    let base = try primary()
    guard take("^") else { return base }
    let exponent = try nested { parser throws(FormulaError) in try parser.signed() }
    return graph.power(base, exponent)
  }

  private mutating func primary() throws(FormulaError) -> Int {
    let token = next
    switch token.kind {
    case .number(let value):
      at += 1
      if case .name(let name) = next.kind {
        throw FormulaError(
          next.column, "a product is written with ‘*’: \(shortText(of: value)) * \(name)")
      }
      return graph.number(value)
    case .symbol("("):
      at += 1
      let inner = try nested { parser throws(FormulaError) in try parser.bound() }
      try require(")", "to close the parenthesis in column \(token.column)")
      return inner
    case .name(let name) where name != "let":
      at += 1
      return next.kind == .symbol("(")
        ? try call(name, token.column) : try value(name, token.column)
    default:
      throw expected("a number, a name or ‘(’")
    }
  }

  private mutating func value(_ name: String, _ column: Int) throws(FormulaError) -> Int {
    if name == "x" { return graph.variable() }
    if let value = Self.constants[name] { return graph.number(value) }
    if let local = locals[name] { return local }
    guard !Self.reserved.contains(name) else {
      throw FormulaError(column, "‘\(name)’ is a function: it needs an argument, as in \(name)(x)")
    }
    if let index = parameters.firstIndex(of: name) { return graph.parameter(index) }
    guard parameters.count < Self.mostParameters else {
      throw FormulaError(column, "the formula has more than \(Self.mostParameters) parameters")
    }
    parameters.append(name)
    columns.append(column)
    return graph.parameter(parameters.count - 1)
  }

  private mutating func call(_ name: String, _ column: Int) throws(FormulaError) -> Int {
    let function = Function.Name(name)
    guard let count = function == nil ? Self.shorthands[name] : 1 else {
      if name == "x" || locals[name] != nil || Self.constants[name] != nil {
        throw FormulaError(column, "a product is written with ‘*’: \(name) * (…)")
      }
      let known = Function.names + Self.shorthands.keys.sorted()
      let hint =
        nearestSpelling(to: name, among: known).map { ": did you mean ‘\($0)’?" }
        ?? "; the functions are \(known.joined(separator: ", "))"
      throw FormulaError(column, "there is no function ‘\(name)’\(hint)")
    }
    at += 1
    var arguments: [Int] = []
    repeat {
      arguments.append(try nested { parser throws(FormulaError) in try parser.bound() })
    } while take(",")
    try require(")", "to close the call of ‘\(name)’")
    guard arguments.count == count else {
      throw FormulaError(
        column,
        "‘\(name)’ takes \(count) argument\(count == 1 ? "" : "s"), not \(arguments.count)")
    }
    if let function { return graph.function(function, arguments[0]) }
    switch name {
    case "relu":
      let zero = graph.number(0)
      return graph.maximum(arguments[0], zero)
    case "min": return graph.minimum(arguments[0], arguments[1])
    case "max": return graph.maximum(arguments[0], arguments[1])
    default:
      let raised = graph.maximum(arguments[0], arguments[1])
      return graph.minimum(raised, arguments[2])
    }
  }
}
