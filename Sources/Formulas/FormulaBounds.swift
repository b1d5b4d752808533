/// What is known of a formula over all finite floats, for given values of its parameters.
public struct FormulaBounds: Hashable, Sendable {
  /// One end of the values that something takes.
  public struct End: Hashable, Sendable {
    /// The outermost value that was found at a float; infinite where there is no end.
    public var found: Double
    /// No float has a value beyond it, proved by interval arithmetic; infinite where nothing is proved.
    public var bound: Double
    /// Whether the values grow beyond every number, by the limits.
    public var isUnbounded: Bool

    /// Whether the end is known: to a millionth, or that there is none.
    public var isProved: Bool {
      isUnbounded || abs(bound - found) <= 1e-6 * max(1, abs(found))
    }
  }

  /// The least of the function's values.
  public var lower: End
  /// The largest.
  public var upper: End
  /// The least of the slopes, where there is one.
  public var leastSlope: End
  /// The largest.
  public var largestSlope: End
  /// The smallest number L for which |f(x) − f(y)| ≤ L·|x − y|; its end is that above.
  public var lipschitz: End
  /// A float beside which the function jumps; nil if none was found.
  public var jump: Double?
  /// What it approaches towards −∞.
  public var lowLimit: FormulaLimit
  /// What it approaches towards ∞.
  public var highLimit: FormulaLimit
}

extension Formula {
  /// Bounds of the value, the derivative and the Lipschitz constant, proved over intervals which are halved
  /// until they are tight or the number of looks is used up; limits by the leading terms.
  ///
  /// The proofs are of the exact function; what is computed differs by its rounding.
  ///
  /// - Parameter looks: the most intervals looked at for each end; fewer for large formulas.
  public func bounds(_ parameters: [Double] = [], looks: Int = 2000) -> FormulaBounds {
    var graph = graph
    let second = graph.derivative(of: derivative, by: .x)
    let size = max(derivative, second)
    let most = looks * 200 / max(200, size)
    let values = Search(graph, value, derivative, parameters, most, isContinuous: false)
    // The largest slope bounds what the function does between two floats, too.
    let slopes = Search(graph, derivative, second, parameters, most, isContinuous: true)
    var (lower, upper) = (values.end(-1), values.end(1))
    let limits = (values.limit(-1), values.limit(1))
    lower.widen(by: limits, .negativeInfinity, -.infinity)
    upper.widen(by: limits, .infinity, .infinity)
    var (least, largest) = (slopes.end(-1), slopes.end(1))
    let steepness = (slopes.limit(-1), slopes.limit(1))
    least.widen(by: steepness, .negativeInfinity, -.infinity)
    largest.widen(by: steepness, .infinity, .infinity)
    var lipschitz = FormulaBounds.End(
      found: max(-least.found, largest.found), bound: max(-least.bound, largest.bound),
      isUnbounded: least.isUnbounded || largest.isUnbounded)
    let continuity = values.continuity(lipschitz.bound)
    if case .broken = continuity {
      lipschitz = .init(found: .infinity, bound: .infinity, isUnbounded: true)
    } else if continuity == .unknown {
      lipschitz.bound = .infinity
    }
    return FormulaBounds(
      lower: lower, upper: upper, leastSlope: least, largestSlope: largest, lipschitz: lipschitz,
      jump: continuity.jump, lowLimit: limits.0, highLimit: limits.1)
  }

  /// The numbers that stand in it.
  public var numbers: [Double] {
    let needed = graph.needed(by: [value])
    return graph.nodes.indices.compactMap { needed[$0] ? graph.constant($0) : nil }
  }
}

extension FormulaBounds.End {
  /// Takes into account what the values tend to on both sides.
  fileprivate mutating func widen(
    by limits: (FormulaLimit, FormulaLimit), _ infinity: FormulaLimit, _ end: Double
  ) {
    let grows = [limits.0, limits.1].contains { limit in
      if case .line(let slope) = limit { return slope * end > 0 }
      return limit == infinity
    }
    if grows { (found, bound, isUnbounded) = (end, end, true) }
    // Only finite since floats are: no bound that means anything, and no proof that there is none.
    if abs(found) > 1e30 || bound.isFinite && abs(bound) > 1e30 {
      (found, bound) = (abs(found) > 1e30 ? end : found, end)
    }
  }
}

private enum Continuity: Equatable {
  case proved
  case broken(Double)
  case unknown

  var jump: Double? { if case .broken(let x) = self { x } else { nil } }
}

/// The search for the ends of a root's values.
private struct Search {
  private struct Piece {
    var first: Int
    var last: Int
    /// The largest value that it may have.
    var bound: Double
  }

  private let graph: Graph
  private let root: Int
  private let slope: Int
  private let parameters: [Double]
  private let intervals: [Interval]
  private let most: Int
  /// Whether the bounds hold for all numbers, not only for floats.
  private let isContinuous: Bool

  init(
    _ graph: Graph, _ root: Int, _ slope: Int, _ parameters: [Double], _ most: Int,
    isContinuous: Bool
  ) {
    self.isContinuous = isContinuous
    self.graph = graph
    (self.root, self.slope, self.most) = (root, slope, most)
    self.parameters = parameters
    intervals = parameters.map { Interval($0) }
  }

  func limit(_ side: Double) -> FormulaLimit {
    graph.growth(of: root, side: side, parameters)?.limit ?? .unknown
  }

  private func value(at place: Int) -> Double {
    graph.values([root], at: FloatLine.value(place), parameters)[0]
  }

  /// The value times the sign; −∞ where a step on the way overflowed, or there is none.
  private func finite(at place: Int, _ sign: Double) -> Double {
    let value = sign * value(at: place)
    return value.isFinite ? value : -.infinity
  }

  private func point(_ place: Int) -> Interval {
    var isSmooth = true
    return graph.bounds(
      [root], over: Interval(FloatLine.value(place)), intervals, isSmooth: &isSmooth)[0]
  }

  // MARK: - Ends

  /// The end above (sign 1) or below (−1).
  func end(_ sign: Double) -> FormulaBounds.End {
    var best = found(sign)
    var pieces = [Piece(first: -FloatLine.last, last: FloatLine.last, bound: .infinity)]
    var settled = -Double.infinity
    var looks = 0
    while !pieces.isEmpty, looks < most, best < .infinity {
      var next: [Piece] = []
      for (index, piece) in pieces.enumerated() {
        if looks >= most {
          next += pieces[index...]
          break
        }
        guard piece.bound > best + tolerance(best) else {
          settled = max(settled, piece.bound)
          continue
        }
        looks += 1
        let middle = piece.first + (piece.last - piece.first) / 2
        best = max(best, finite(at: middle, sign))
        let halves =
          piece.last - piece.first > 1
          ? [(piece.first, middle), (middle, piece.last)] : []
        for (first, last) in halves {
          let bound = min(piece.bound, largest(first, last, sign))
          next.append(Piece(first: first, last: last, bound: bound))
        }
        if halves.isEmpty, isContinuous {
          settled = max(settled, piece.bound)
        } else if halves.isEmpty {
          // No float lies between neighbours.
          let ends = [piece.first, piece.last].map { bounded(point($0), sign) }
          settled = max(settled, ends.max() ?? .infinity)
        }
      }
      pieces = next
    }
    let bound = pieces.reduce(max(settled, best)) { max($0, $1.bound) }
    return .init(found: plain(sign * best), bound: plain(sign * bound), isUnbounded: false)
  }

  /// No −0.
  private func plain(_ value: Double) -> Double { value == 0 ? 0 : value }

  private func tolerance(_ best: Double) -> Double { 1e-9 * max(1e-6, abs(best)) }

  private func bounded(_ interval: Interval, _ sign: Double) -> Double {
    interval.isPartial ? .infinity : sign > 0 ? interval.high : -interval.low
  }

  /// A bound of the values between two floats, times the sign.
  private func largest(_ first: Int, _ last: Int, _ sign: Double) -> Double {
    let (low, high) = (FloatLine.value(first), FloatLine.value(last))
    var isSmooth = true
    let both = graph.bounds(
      [root, slope], over: Interval(low, high), intervals, isSmooth: &isSmooth)
    let plain = bounded(both[0], sign)
    guard isSmooth, !both[0].isPartial, !both[1].isPartial else { return plain }
    if both[1].low >= 0 { return min(plain, bounded(point(sign > 0 ? last : first), sign)) }
    if both[1].high <= 0 { return min(plain, bounded(point(sign > 0 ? first : last), sign)) }
    // The mean value theorem, from the middle.
    let middle = first + (last - first) / 2
    let x = Interval(FloatLine.value(middle))
    let offset = Interval(low, high) - x
    return min(plain, bounded(point(middle) + both[1] * offset, sign))
  }

  /// The largest of some values, times the sign, and what climbing from there finds.
  private func found(_ sign: Double) -> Double {
    let step = FloatLine.last / 150
    let coarse = (-150...150).map { $0 * step }
    let fine = stride(from: Float(-12), through: 12, by: 0.0625).map { FloatLine.place($0) }
    var best = (value: -Double.infinity, index: 0)
    let places = Array(Set(coarse + fine)).sorted()
    for (index, place) in places.enumerated() {
      let value = finite(at: place, sign)
      if value > best.value { best = (value, index) }
    }
    var (low, high) = (
      places[max(0, best.index - 1)], places[min(places.count - 1, best.index + 1)]
    )
    var result = best.value
    while high - low > 2 {
      let third = max(1, (high - low) / 3)
      let (a, b) = (finite(at: low + third, sign), finite(at: high - third, sign))
      result = max(result, a, b)
      if a < b { low += third } else { high -= third }
    }
    return result
  }

  // MARK: - Jumps

  /// Whether the values change between neighbouring floats by no more than a slope allows, wherever a
  /// condition changes.
  func continuity(_ slope: Double) -> Continuity {
    var pieces = [(-FloatLine.last, FloatLine.last)]
    var looks = 0
    var isKnown = true
    while let (first, last) = pieces.popLast() {
      looks += 1
      guard looks <= most else { return .unknown }
      var isSmooth = true
      let (low, high) = (FloatLine.value(first), FloatLine.value(last))
      let bounds = graph.bounds(
        [root], over: Interval(low, high), intervals, isSmooth: &isSmooth)[0]
      if isSmooth, !bounds.isPartial { continue }
      guard last - first <= 1 else {
        let middle = first + (last - first) / 2
        pieces += [(middle, last), (first, middle)]
        continue
      }
      let (a, b) = (value(at: first), value(at: last))
      let change = abs(b - a)
      let rounding = 1e-12 * max(abs(a), abs(b)) + 0x1p-149
      // Where the slopes have no end, as those of x², a large change is a jump all the same.
      let allowed =
        slope.isFinite
        ? slope * (high - low) * (1 + 1e-6) + rounding : 1e-5 * max(1, abs(a), abs(b))
      if change > allowed { return .broken(high) }
      if !change.isFinite || !slope.isFinite { isKnown = false }
    }
    return isKnown ? .proved : .unknown
  }
}
