/// One trial for TensorBoard: a subfolder of the log folder with its curves, settings and final
/// metrics; a session of the HParams dashboard.
package struct TensorBoardRun: Sendable {
  /// Values by tag: measured at a step on the curves' axis, such as an epoch, and a time in Unix seconds.
  /// TensorBoard keeps 32-bit floats; a tag's part before "/" names its section.
  package typealias Point = (
    step: Int, wallTime: Double, values: [(tag: String, value: Double)]
  )

  package enum Setting: Sendable, Equatable {
    case number(Double)
    case text(String)
  }

  /// The run's name, from which its subfolder's is derived (see ``TensorBoardLog``).
  package var name: String
  /// The HParams session group: runs of one group have the same settings, and the dashboard shows
  /// them together, with means of their metrics.
  package var group: String
  /// Hyperparameters by name; the last of a repeated name counts.
  package var settings: [(name: String, value: Setting)]
  /// The curves, in any order. TensorBoard is only certain to show a tag's last value at a step.
  package var points: [Point]
  /// Final metrics for the HParams dashboard, such as "test/accuracy".
  package var metrics: [(tag: String, value: Double)]
  /// Whether the run finished: session status success, else failure.
  package var isFinished: Bool
  /// When the run began, in Unix seconds.
  package var startTime: Double
  /// When the run ended, in Unix seconds.
  package var endTime: Double

  /// - Parameter group: defaults to the name.
  package init(
    name: String, group: String? = nil, settings: [(name: String, value: Setting)] = [],
    points: [Point] = [], metrics: [(tag: String, value: Double)] = [], isFinished: Bool = true,
    startTime: Double, endTime: Double
  ) {
    self.name = name
    self.group = group ?? name
    self.settings = settings
    self.points = points
    self.metrics = metrics
    self.isFinished = isFinished
    self.startTime = startTime
    self.endTime = endTime
  }
}

extension TensorBoardRun {
  /// Replaces non-finite times with `fallback`: TensorBoard's reader stops at such an event.
  func withFiniteTimes(or fallback: Double) -> TensorBoardRun {
    var run = self
    run.startTime = startTime.isFinite ? startTime : fallback
    run.endTime = endTime.isFinite ? endTime : fallback
    run.points = points.map { point in
      var point = point
      point.wallTime = point.wallTime.isFinite ? point.wallTime : fallback
      return point
    }
    return run
  }

  /// The points that have values, stably sorted by step: TensorBoard takes a step back for a
  /// restart and discards what came after.
  package var pointsByStep: [Point] {
    points.enumerated()
      .filter { !$0.element.values.isEmpty }
      .sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
      .map(\.element)
  }

  /// The final metrics as points after the curves: at the last step; one past it where the curve
  /// has another value there; none where the curve already ends with the value.
  package var metricPoints: [Point] {
    let last = pointsByStep.last?.step ?? 0
    var atEnd: [(tag: String, value: Double)] = []
    var pastEnd: [(tag: String, value: Double)] = []
    let closing = pointsByStep.filter { $0.step == last }.flatMap(\.values)
    for metric in metrics {
      guard let curve = closing.last(where: { $0.tag == metric.tag }) else {
        atEnd.append(metric)
        continue
      }
      let isSame = Float(curve.value) == Float(metric.value)
      if !isSame && !(curve.value.isNaN && metric.value.isNaN) { pastEnd.append(metric) }
    }
    let (next, overflow) = last.addingReportingOverflow(1)
    return [
      (step: last, wallTime: endTime, values: atEnd),
      (step: overflow ? last : next, wallTime: endTime, values: pastEnd),
    ].filter { !$0.values.isEmpty }
  }
}
