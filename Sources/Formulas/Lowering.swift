/// Turns a formula's nodes into the kernels' operations. Sigmoids, softplus and their like are made of
/// exp(−|u|), which those with one argument share and which can't overflow.
struct Lowering {
  struct Step: Hashable {
    let operation: FormulaProgram.Operation
    let operands: [Int]
  }

  enum Entry: Hashable {
    case x
    case parameter(Int)
    case constant(Float)
    case step(Step)
  }

  private(set) var entries: [Entry] = []
  private var places: [Entry: Int] = [:]
  private let graph: Graph
  private let parameters: [Double?]
  private var done: [Int: Int] = [:]
  /// Nodes whose value is NaN wherever x is.
  private var carriesNaN: [Bool] = []

  /// - Parameter parameters: fixed values; nil for a learned parameter.
  init(_ formula: Graph, _ parameters: [Double?]) {
    self.parameters = parameters
    graph = formula
    for node in graph.nodes {
      let carries: Bool
      switch node {
      case .variable: carries = true
      case .number, .parameter, .comparison: carries = false
      case .choice(_, let a, let b): carries = carriesNaN[a] || carriesNaN[b]
      default: carries = node.operands.contains { carriesNaN[$0] }
      }
      carriesNaN.append(carries)
    }
  }

  private mutating func place(_ entry: Entry) -> Int {
    if let index = places[entry] { return index }
    entries.append(entry)
    places[entry] = entries.count - 1
    return entries.count - 1
  }

  private mutating func step(_ operation: FormulaProgram.Operation, _ operands: Int...) -> Int {
    place(.step(Step(operation: operation, operands: operands)))
  }

  private mutating func constant(_ value: Float) -> Int { place(.constant(value)) }

  /// The entry of a node; operands come before.
  mutating func lowered(_ root: Int) -> Int {
    // Nodes refer backwards, so a loop does where recursion could be deep.
    let needed = graph.needed(by: [root])
    for index in 0...root where needed[index] && done[index] == nil {
      done[index] = lower(index)
    }
    return done[root] ?? 0
  }

  private mutating func lower(_ index: Int) -> Int {
    func at(_ node: Int) -> Int { done[node] ?? 0 }
    switch graph[index] {
    case .number(let value): return constant(Float(value))
    case .variable: return place(.x)
    case .parameter(let parameter):
      if let value = parameters[parameter] { return constant(Float(value)) }
      return place(.parameter(parameter))
    case .negation(let a): return step(.negate, at(a))
    case .sum(let a, let b): return step(.add, at(a), at(b))
    case .difference(let a, let b): return step(.subtract, at(a), at(b))
    // A parameter may be 1.
    case .product(let a, let b):
      if entries[at(a)] == .constant(1) { return at(b) }
      return entries[at(b)] == .constant(1) ? at(a) : step(.multiply, at(a), at(b))
    case .quotient(let a, let b):
      return entries[at(b)] == .constant(1) ? at(a) : step(.divide, at(a), at(b))
    case .power(let a, let b): return step(.power, at(a), at(b))
    case .comparison: return 0
    case .choice(let condition, let a, let b):
      guard case .comparison(let comparison, let c, let d) = graph[condition] else { return 0 }
      // Where the condition meets NaN, the branch is taken that keeps it.
      return step(
        .choose, mask(comparison, at(c), at(d), holdsForNaN: carriesNaN[a] && !carriesNaN[b]),
        at(a), at(b))
    case .function(let name, let a): return function(name, at(a), graph[a])
    }
  }

  private mutating func mask(
    _ comparison: Comparison, _ a: Int, _ b: Int, holdsForNaN: Bool
  ) -> Int {
    switch (comparison, holdsForNaN) {
    case (.less, false): step(.less, a, b)
    case (.lessOrEqual, false): step(.lessOrEqual, a, b)
    case (.greater, false): step(.less, b, a)
    case (.greaterOrEqual, false): step(.lessOrEqual, b, a)
    case (.less, true): step(.notLessOrEqual, b, a)
    case (.lessOrEqual, true): step(.notLess, b, a)
    case (.greater, true): step(.notLessOrEqual, a, b)
    case (.greaterOrEqual, true): step(.notLess, a, b)
    case (.equal, _): step(.equal, a, b)
    case (.notEqual, _): step(.notEqual, a, b)
    }
  }

  // MARK: - Functions

  private mutating func function(_ name: Function.Name, _ u: Int, _ argument: Node) -> Int {
    switch name {
    case .exp: return step(.exp, u)
    case .expm1: return step(.expm1, u)
    case .log: return step(.log, u)
    case .log1p: return step(.log1p, u)
    case .sqrt: return step(.sqrt, u)
    case .abs: return step(.abs, u)
    case .sign: return step(.sign, u)
    case .sin: return step(.sin, u)
    case .cos: return step(.cos, u)
    case .atan: return step(.atan, u)
    case .erf: return step(.erf, u)
    case .normcdf: return step(.normcdf, u)
    case .sigmoid:
      // σ(−u) is made of the same parts as σ(u).
      if case .step(let inner) = entries[u], inner.operation == .negate {
        return ofDecay(.mirroredSigmoid, inner.operands[0])
      }
      return ofDecay(.sigmoid, u)
    case .softplus: return ofDecay(.softplus, u)
    case .tanh:
      if case .function(.softplus, let v) = argument {
        return ofDecay(.tanhOfSoftplus, done[v] ?? 0)
      }
      return step(.tanh, u)
    }
  }

  /// A function of u that is made of exp(−|u|).
  private mutating func ofDecay(_ operation: FormulaProgram.Operation, _ u: Int) -> Int {
    step(operation, u, step(.decay, u))
  }
}
