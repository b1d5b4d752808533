import Experiments

/// What the tables compare cells by: the columns, in order.
public enum Metric: String, Sendable, CaseIterable, Codable {
  /// Share of test samples classified correctly.
  case accuracy
  /// Macro mean over classes, or of the positive class.
  case precision
  /// Macro mean over classes, or of the positive class.
  case recall
  /// Macro mean over classes, or of the positive class.
  case f1
  /// Train minus test accuracy, both without dropout.
  case generalisationGap = "generalisation_gap"
  /// Wall-clock seconds of a trial.
  case seconds

  /// The head of the column.
  var title: String {
    switch self {
    case .accuracy, .precision, .recall: rawValue
    case .f1: "F1"
    case .generalisationGap: "gap"
    case .seconds: "time [s]"
    }
  }

  /// This metric of a cell; nil when none of its trials finished.
  public func statistics(of cell: CellSummary) -> SampleStatistics? {
    switch self {
    case .accuracy: cell.accuracy
    case .precision: cell.precision
    case .recall: cell.recall
    case .f1: cell.f1
    case .generalisationGap: cell.generalisationGap
    case .seconds: cell.seconds
    }
  }

  /// Whether it is a time: what else the machine did shows in it, so none is marked as the best.
  var isTime: Bool { self == .seconds }

  /// Larger is better: the value itself for scores; for the gap and for time the value, negated. A gap
  /// below zero is better than none, as it is for the comparison seed by seed.
  func merit(_ mean: Double) -> Double {
    switch self {
    case .accuracy, .precision, .recall, .f1: mean
    case .generalisationGap: Measure.generalisationGap.isLargerBetter ? mean : -mean
    case .seconds: -mean
    }
  }

  /// A mean of this metric as it stands in a table.
  func text(_ mean: Double, digits: Int) -> String {
    self == .generalisationGap
      ? NumberText.signed(mean, digits: digits) : NumberText.fixed(mean, digits: digits)
  }

  /// Digits after the point, for these means: four for scores, which tells one MNIST test sample from
  /// none; for seconds as many as the quickest needs for three that count.
  func digits(for means: [Double]) -> Int {
    guard self == .seconds else { return 4 }
    switch means.min() ?? 0 {
    case ..<1: return 3
    case ..<10: return 2
    default: return 1
    }
  }
}
