/// How a formula falls and rises over all floats, for every value of its parameters within bounds.
public enum FormulaShape: String, Hashable, Codable, Sendable {
  /// It never falls.
  case nondecreasing
  /// It falls, then rises.
  case valley
  /// Neither was proved.
  case other
}

extension Formula {
  /// The shape, proved by bounds of the derivative over intervals, which are halved until they
  /// decide.
  ///
  /// Where a condition changes, or the derivative's sign can't be told, the intervals shrink to two
  /// neighbouring floats, whose values are compared. A change that no float can hold doesn't count.
  ///
  /// - Parameter parameters: each parameter's lowest and highest value.
  public func shape(_ parameters: [ClosedRange<Double>] = []) -> FormulaShape {
    course(parameters).shape
  }

  /// The shape, and the inputs between which the formula turns: it doesn't rise up to the second
  /// and doesn't fall from the first on. Infinities, in the other order, if it has no such shape.
  package func course(
    _ parameters: [ClosedRange<Double>] = []
  ) -> (shape: FormulaShape, risesFrom: Float, fallsUntil: Float) {
    var proof = ShapeProof(self, parameters.map { Interval($0.lowerBound, $0.upperBound) })
    let shape = proof.shape
    if shape == .other { return (shape, .infinity, -.infinity) }
    return (shape, Float(proof.risesFrom), Float(proof.fallsUntil))
  }
}

private struct ShapeProof {
  private enum Course { case flat, falling, rising, unknown }

  private static let mostLooks = 30_000
  /// A change below half of the smallest float.
  private static let negligible = 0x1p-150

  private let formula: Formula
  private let parameters: [Interval]
  private var looks = 0
  private(set) var risesFrom = -Double.infinity
  private(set) var fallsUntil = Double.infinity
  private var hasRisen = false
  private var hasFallen = false

  init(_ formula: Formula, _ parameters: [Interval]) {
    self.formula = formula
    self.parameters = parameters
  }

  var shape: FormulaShape {
    mutating get {
      // Pieces to look at, the leftmost last.
      var pieces = [(-FloatLine.last, FloatLine.last)]
      while let (first, last) = pieces.popLast() {
        looks += 1
        guard looks <= Self.mostLooks * 200 / max(200, formula.derivative) else { return .other }
        if let course = course(first, last) {
          guard take(course, first, last) else { return .other }
        } else {
          let middle = first + (last - first) / 2
          pieces.append((middle, last))
          pieces.append((first, middle))
        }
      }
      return hasFallen ? .valley : .nondecreasing
    }
  }

  /// Returns false if the function falls after it has risen, or nothing is known.
  private mutating func take(_ course: Course, _ first: Int, _ last: Int) -> Bool {
    switch course {
    case .flat: return true
    case .unknown: return false
    case .rising:
      if !hasRisen { fallsUntil = FloatLine.value(first) }
      hasRisen = true
      return true
    case .falling:
      risesFrom = FloatLine.value(last)
      hasFallen = true
      return !hasRisen
    }
  }

  /// The course between two floats; nil if the piece has to be halved.
  private func course(_ first: Int, _ last: Int) -> Course? {
    if last - first > 1 {
      let (low, high) = (FloatLine.value(first), FloatLine.value(last))
      var isSmooth = true
      let bounds = formula.graph.bounds(
        [formula.derivative, formula.value], over: Interval(low, high), parameters,
        isSmooth: &isSmooth)
      let slope = bounds[0]
      guard isSmooth, !slope.isPartial, !bounds[1].isPartial else { return nil }
      if slope.low == 0, slope.high == 0 { return .flat }
      if slope.magnitude.high * (high - low) < Self.negligible { return .flat }
      if slope.low >= 0 || slope.low * (high - low) > -Self.negligible { return .rising }
      if slope.high <= 0 || slope.high * (high - low) < Self.negligible { return .falling }
      return nil
    }
    let (a, b) = (value(at: first), value(at: last))
    guard !a.isPartial, !b.isPartial else { return .unknown }
    if a.low == a.high, a == b { return .flat }
    if b.low >= a.high { return .rising }
    if b.high <= a.low { return .falling }
    // Equal to rounding; where a condition or a parameter is undecided the bounds are wider.
    let (low, high) = (min(a.low, b.low), max(a.high, b.high))
    return high - low <= 1e-12 * max(abs(low), abs(high)) + Self.negligible ? .flat : .unknown
  }

  private func value(at place: Int) -> Interval {
    var isSmooth = true
    return formula.graph.bounds(
      [formula.value], over: Interval(FloatLine.value(place)), parameters, isSmooth: &isSmooth)[0]
  }
}
