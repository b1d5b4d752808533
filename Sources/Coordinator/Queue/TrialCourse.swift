/// How far a running trial is, and since when.
package struct TrialCourse: Sendable {
  /// A share of the trial's work, in [0, 1], and when that was done, in seconds.
  struct Point: Sendable {
    var fraction: Double
    var time: Double
  }

  /// From where the time counts: the beginning, or where it went on from a checkpoint; nil until that
  /// is known.
  private(set) var start: Point?
  /// Where it was last.
  private(set) var last: Point?

  init(start: Point?) { self.start = start }

  mutating func advance(to point: Point) {
    if start == nil { start = point }
    last = point
  }

  /// The share of the work that was done since the start.
  var share: Double { (last?.fraction ?? 0) - (start?.fraction ?? 0) }

  /// The seconds that it took.
  var seconds: Double { (last?.time ?? 0) - (start?.time ?? 0) }

  /// Seconds that are left at this trial's own speed; nil where that isn't known.
  func secondsLeft(at time: Double) -> Double? {
    guard let last, share > 0, seconds > 0 else { return nil }
    return max(0, (1 - last.fraction) * seconds / share - (time - last.time))
  }
}
