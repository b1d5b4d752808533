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
      Point(step: last, wallTime: endTime, values: atEnd),
      Point(step: overflow ? last : next, wallTime: endTime, values: pastEnd),
    ].filter { !$0.values.isEmpty }
  }
}
