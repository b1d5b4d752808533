import Experiments

/// What the tables of scores show of each trial.
enum ScoreColumn: String, CaseIterable {
  case accuracy, precision, recall, f1
  case gap = "generalisation_gap"
  case loss = "test_loss"
  case dead = "dead_share"
  case step = "step_milliseconds"

  var title: String {
    switch self {
    case .accuracy, .precision, .recall: rawValue
    case .f1: "F1"
    case .gap: "gap"
    case .loss: "loss"
    case .dead: "dead"
    case .step: "step [ms]"
    }
  }

  func value(of trial: StudyResults.TrialResult) -> Double? {
    switch self {
    case .accuracy: return trial.summary.test?.accuracy
    case .precision: return trial.summary.test?.precision
    case .recall: return trial.summary.test?.recall
    case .f1: return trial.summary.test?.f1
    case .gap: return trial.summary.generalisationGap
    case .loss: return trial.summary.test?.loss
    case .dead: return trial.epochs.last.flatMap { DeadShare.of($0.layers) }
    case .step:
      return Measure.stepSeconds.value(of: trial, target: nil).map { 1000 * $0 }
    }
  }

  /// Whether it is a time: what else the machine did shows in it, so none is marked as the best.
  var isTime: Bool { self == .step }

  /// Larger is better.
  func merit(_ value: Double) -> Double {
    switch self {
    case .accuracy, .precision, .recall, .f1: value
    case .gap: Metric.generalisationGap.merit(value)
    case .loss, .dead, .step: -value
    }
  }

  func text(_ value: Double) -> String {
    switch self {
    case .dead: NumberText.percent(value)
    case .step: NumberText.fixed(value, digits: 2)
    default: NumberText.fixed(value, digits: 4)
    }
  }

  /// A mean as it stands in the table; values that read the same are equally good.
  func shown(_ mean: Double) -> (number: Double, text: String) {
    (mean, self == .gap ? NumberText.signed(mean, digits: 4) : text(mean))
  }
}

/// Share of dead units over all hidden layers.
enum DeadShare {
  static func of(_ layers: [LayerRecord]) -> Double? {
    let units = layers.reduce(0) { $0 + $1.units }
    return units == 0 ? nil : Double(layers.reduce(0) { $0 + $1.deadUnits }) / Double(units)
  }
}
