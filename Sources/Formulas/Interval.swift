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

  private static func outward(_ values: [Double], _ isPartial: Bool) -> Interval {
    guard values.allSatisfy({ !$0.isNaN }), let low = values.min(), let high = values.max() else {
      return Interval(-.infinity, .infinity, isPartial: true)
    }
    // An exact zero, as of a product with zero, stays one.
    return Interval(
      low == 0 ? 0 : low.nextDown, high == 0 ? 0 : high.nextUp, isPartial: isPartial)
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
      (a.low + b.low).nextDown, (a.high + b.high).nextUp, isPartial: a.isPartial || b.isPartial)
  }

  static func - (a: Interval, b: Interval) -> Interval { a + -b }

  /// An infinite bound stands for numbers without a bound, so its product with 0 is 0.
  static func * (a: Interval, b: Interval) -> Interval {
    func times(_ x: Double, _ y: Double) -> Double { x == 0 || y == 0 ? 0 : x * y }
    return outward(
      [
        times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high),
      ], a.isPartial || b.isPartial)
  }

  var square: Interval {
    let largest = max(abs(low), abs(high))
    let least = contains(0) ? 0 : min(abs(low), abs(high))
    return Interval(
      least == 0 ? 0 : max(0, (least * least).nextDown), (largest * largest).nextUp,
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
    func over(_ x: Double, _ y: Double) -> Double { x == 0 || y.isInfinite ? 0 : x / y }
    return outward(
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
