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
      let steps = trial.epochs.compactMap(\.stepSeconds)
      return steps.isEmpty ? nil : 1000 * steps.reduce(0, +) / Double(steps.count)
    }
  }

  /// Larger is better.
  func merit(_ value: Double) -> Double {
    switch self {
    case .accuracy, .precision, .recall, .f1: value
    case .gap: -abs(value)
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

/// The confusion matrices of one activation's trials added up.
struct ConfusionTotal {
  let classNames: [String]
  let matrix: ConfusionMatrix

  /// nil where no trial has one, or their classes differ.
  init?(_ contestant: PlaceComparison.Contestant) {
    let trials = contestant.trials.values.filter { $0.confusion != nil }
    guard let first = trials.first?.confusion, let names = trials.first?.classNames,
      trials.allSatisfy({ $0.confusion?.classes == first.classes }), names.count == first.classes
    else { return nil }
    classNames = names
    var sum = ConfusionMatrix(classes: first.classes)
    for trial in trials {
      for index in sum.counts.indices { sum.counts[index] += trial.confusion?.counts[index] ?? 0 }
    }
    matrix = sum
  }

  /// Samples of a true class.
  func total(of truth: Int) -> Int64 {
    (0..<matrix.classes).reduce(0) { $0 + matrix[truth, $1] }
  }

  /// The largest counts beside the diagonal.
  func mostConfused(_ count: Int) -> [(truth: Int, predicted: Int, count: Int64, share: Double)] {
    var pairs: [(truth: Int, predicted: Int, count: Int64, share: Double)] = []
    for truth in 0..<matrix.classes {
      for predicted in 0..<matrix.classes where predicted != truth {
        let samples = matrix[truth, predicted]
        guard samples > 0 else { continue }
        pairs.append((truth, predicted, samples, Double(samples) / Double(total(of: truth))))
      }
    }
    return Array(
      pairs.sorted { ($0.count, -$0.truth, -$0.predicted) > ($1.count, -$1.truth, -$1.predicted) }
        .prefix(count))
  }
}

/// Names for files and anchors.
enum Slug {
  /// Lower-case ASCII letters, digits and single dashes; at most 60 of them.
  static func of(_ text: String) -> String {
    var slug = ""
    for scalar in text.lowercased().unicodeScalars {
      let isKept = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      if isKept {
        slug.unicodeScalars.append(scalar)
      } else if !slug.isEmpty, slug.last != "-" {
        slug.append("-")
      }
    }
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? "x" : String(slug.prefix(60))
  }
}
