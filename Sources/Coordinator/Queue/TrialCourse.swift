/// The measured progress of a running trial.
package struct TrialCourse: Sendable {
  /// A share of the trial's work, in [0, 1], and the time when it was done, in seconds.
  struct Point: Sendable {
    var fraction: Double
    var time: Double
  }

  /// The start of the measurement: the trial's start or resumption; nil until known.
  private(set) var start: Point?
  private(set) var last: Point?

  init(start: Point?) { self.start = start }

  mutating func advance(to point: Point) {
    if start == nil { start = point }
    last = point
  }

  var share: Double { (last?.fraction ?? 0) - (start?.fraction ?? 0) }

  var seconds: Double { (last?.time ?? 0) - (start?.time ?? 0) }

  /// Returns the seconds left at this trial's own speed; nil if unknown.
  func secondsLeft(at time: Double) -> Double? {
    guard let last, share > 0, seconds > 0 else { return nil }
    return max(0, (1 - last.fraction) * seconds / share - (time - last.time))
  }
}
