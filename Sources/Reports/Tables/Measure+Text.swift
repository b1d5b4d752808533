import Experiments

extension Measure {
  /// Returns a column of these fields.
  func column(_ fields: [ReportTable.Field]) -> ReportTable.Column {
    let isMilliseconds = format == .milliseconds
    return ReportTable.Column(
      symbol + (isMilliseconds ? " [ms]" : format == .seconds ? " [s]" : ""),
      isMilliseconds ? key.replacing("seconds", with: "milliseconds") : key,
      rank: views.contains(.article) ? 0 : nil, numbers: fields)
  }

  /// The symbol's explanation below a table; nil where none is needed.
  var explanation: String? {
    definition.map { definition in
      // For values of either sign, it isn't obvious which are better.
      let direction =
        format == .signed ? "; \(isLargerBetter ? "larger" : "smaller") is better" : ""
      return "\(symbol): \(definition)" + (condition.map { ", \($0)" } ?? "") + direction
    }
  }

  /// Returns a column's fields: means with their standard deviations. Means that print the same are
  /// equally good, and where all do, none is marked as best.
  func fields(_ statistics: [SampleStatistics?]) -> [ReportTable.Field] {
    let means = statistics.compactMap { $0?.mean }
    let digits = digits(among: means)
    let texts = statistics.map { $0.map { text($0.mean, digits: digits) } }
    let best = means.filter { !$0.isNaN }.max { isLargerBetter ? $0 < $1 : $0 > $1 }
    let hasBest = !isTime && Set(texts.compactMap { $0 }).count > 1
    return zip(statistics, texts).map { statistics, mean in
      guard let statistics, let mean else { return ReportTable.Field(nil, NumberText.none) }
      let spread = statistics.standardDeviation.map { " ± " + spreadText($0, digits: digits) } ?? ""
      return ReportTable.Field(
        number(statistics.mean), mean + spread,
        isBest: hasBest && best.map { mean == text($0, digits: digits) } ?? false)
    }
  }

  /// Returns a column's fields: values of single trials.
  func fields(_ values: [Double?]) -> [ReportTable.Field] {
    let digits = digits(among: values.compactMap { $0 })
    return values.map { value in
      ReportTable.Field(
        value.map(number), value.map { text($0, digits: digits) } ?? NumberText.none)
    }
  }

  /// Returns the value in the column's unit.
  private func number(_ value: Double) -> Double { format == .milliseconds ? value * 1000 : value }

  private func text(_ value: Double, digits: Int) -> String {
    format == .signed
      ? NumberText.signed(value, digits: digits) : spreadText(value, digits: digits)
  }

  /// Returns a standard deviation, which has no sign.
  private func spreadText(_ value: Double, digits: Int) -> String {
    format == .percent
      ? NumberText.percent(value) : NumberText.fixed(number(value), digits: digits)
  }

  /// Returns the number of decimals in a column of these values.
  private func digits(among values: [Double]) -> Int {
    switch format {
    case .plain, .signed: 4
    case .percent, .milliseconds: 2
    case .epochs: 1
    case .seconds:
      // Zero means never started.
      switch values.filter({ $0 > 0 }).min() ?? 0 {
      case ..<1: 3
      case ..<10: 2
      default: 1
      }
    }
  }
}
