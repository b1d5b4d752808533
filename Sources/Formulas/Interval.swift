/// All numbers from `low` to `high`; rounded outward, so that it holds every value it should.
struct Interval: Hashable, Sendable {
  let low: Double
  let high: Double
  /// Whether the value may not exist, as the logarithm of a negative number.
  let isPartial: Bool

  static let everything = Interval(-.infinity, .infinity)

  init(_ low: Double, _ high: Double, isPartial: Bool = false) {
    self.low = low.isNaN ? -.infinity : low
    self.high = high.isNaN ? .infinity : high
    self.isPartial = isPartial
  }

  init(_ value: Double) { self.init(value, value) }

  var isPoint: Bool { low == high }

  func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// The smallest interval with some results.
  private static func hull(
    _ results: [(low: Double, high: Double)], _ isPartial: Bool
  ) -> Interval {
    guard results.allSatisfy({ !$0.low.isNaN }) else {
      return Interval(-.infinity, .infinity, isPartial: true)
    }
    return Interval(
      results.reduce(.infinity) { min($0, $1.low) },
      results.reduce(-.infinity) { max($0, $1.high) }, isPartial: isPartial)
  }

  /// A rounded result between its neighbours, or alone on the side where the exact one isn't.
  ///
  /// - Parameter error: the exact result less the rounded one; NaN where it isn't known.
  private static func outward(_ result: Double, error: Double) -> (low: Double, high: Double) {
    (error >= 0 ? result : result.nextDown, error <= 0 ? result : result.nextUp)
  }

  private static func sum(_ x: Double, _ y: Double) -> (low: Double, high: Double) {
    let sum = x + y
    let part = sum - x
    return outward(sum, error: (x - (sum - part)) + (y - part))
  }

  /// An infinite bound stands for numbers without a bound, so its product with 0 is 0.
  private static func product(_ x: Double, _ y: Double) -> (low: Double, high: Double) {
    if x == 0 || y == 0 { return (0, 0) }
    let product = x * y
    // Where the error is too small for a number, nobody knows it.
    let error = abs(product) > 0x1p-900 ? (-product).addingProduct(x, y) : .nan
    return outward(product, error: error)
  }

  func union(_ other: Interval) -> Interval {
    Interval(
      min(low, other.low), max(high, other.high), isPartial: isPartial || other.isPartial)
  }

  func partial(_ isPartial: Bool) -> Interval {
    Interval(low, high, isPartial: self.isPartial || isPartial)
  }

  // MARK: - Arithmetic

  static prefix func - (a: Interval) -> Interval {
    Interval(-a.high, -a.low, isPartial: a.isPartial)
  }

  static func + (a: Interval, b: Interval) -> Interval {
    Interval(
      sum(a.low, b.low).low, sum(a.high, b.high).high, isPartial: a.isPartial || b.isPartial)
  }

  static func - (a: Interval, b: Interval) -> Interval { a + -b }

  static func * (a: Interval, b: Interval) -> Interval {
    hull(
      [
        product(a.low, b.low), product(a.low, b.high), product(a.high, b.low),
        product(a.high, b.high),
      ], a.isPartial || b.isPartial)
  }

  var square: Interval {
    let largest = max(abs(low), abs(high))
    let least = contains(0) ? 0 : min(abs(low), abs(high))
    return Interval(
      max(0, Self.product(least, least).low), Self.product(largest, largest).high,
      isPartial: isPartial)
  }

  static func / (a: Interval, b: Interval) -> Interval {
    guard b.low > 0 || b.high < 0 else {
      // A divisor that touches 0 from one side leaves the quotient's sign.
      let isPartial = true
      if a.low >= 0, b.low >= 0 { return Interval(0, .infinity, isPartial: isPartial) }
      return Interval(-.infinity, .infinity, isPartial: isPartial)
    }
    guard a.low.isFinite && a.high.isFinite || b.low.isFinite && b.high.isFinite else {
      return Interval(-.infinity, .infinity, isPartial: true)
    }
    func over(_ x: Double, _ y: Double) -> (low: Double, high: Double) {
      x == 0 || y.isInfinite ? (0, 0) : outward(x / y, error: .nan)
    }
    return hull(
      [over(a.low, b.low), over(a.low, b.high), over(a.high, b.low), over(a.high, b.high)],
      a.isPartial || b.isPartial)
  }

  // MARK: - Functions

  /// Bounds of a function that doesn't fall, computed within 4 units in the last place.
  func rising(_ f: (Double) -> Double) -> Interval {
    // What overflows is a number still, though larger than any other.
    let (least, largest) = (
      min(f(low), .greatestFiniteMagnitude), max(f(high), -.greatestFiniteMagnitude)
    )
    return Interval(
      least - 4 * least.magnitude.ulpOrZero, largest + 4 * largest.magnitude.ulpOrZero,
      isPartial: isPartial)
  }

  /// The same for one that has values only above `lowest`.
  func restricted(_ lowest: Double, _ f: (Double) -> Double) -> Interval {
    guard high > lowest else { return Interval(-.infinity, .infinity, isPartial: true) }
    let inside = Interval(max(low, lowest), high)
    return inside.rising(f).partial(isPartial || low <= lowest)
  }

  func clipped(_ least: Double, _ largest: Double = .infinity) -> Interval {
    Interval(max(low, least), min(high, largest), isPartial: isPartial)
  }

  var magnitude: Interval {
    let least = contains(0) ? 0 : min(abs(low), abs(high))
    return Interval(least, max(abs(low), abs(high)), isPartial: isPartial)
  }

  /// Bounds of a function that rises in steps, exactly computed.
  func step(_ f: (Double) -> Double) -> Interval {
    Interval(f(low), f(high), isPartial: isPartial)
  }

  /// Bounds of a sine with a maximum at `crest`.
  func wave(crest: Double, _ f: (Double) -> Double) -> Interval {
    guard low.magnitude < 1e15, high.magnitude < 1e15, high - low < 2 * .pi else {
      return Interval(-1, 1, isPartial: isPartial)
    }
    func has(_ offset: Double) -> Bool {
      let turn = 2 * Double.pi
      let first = ((low - offset) / turn - 1e-6).rounded(.up)
      return offset + first * turn <= high + 1e-6
    }
    let (a, b) = (f(low), f(high))
    return Interval(
      has(crest + .pi) ? -1 : max(-1, min(a, b) - 1e-15),
      has(crest) ? 1 : min(1, max(a, b) + 1e-15), isPartial: isPartial)
  }
}

extension Double {
  fileprivate var ulpOrZero: Double { isFinite ? ulp : 0 }
}
