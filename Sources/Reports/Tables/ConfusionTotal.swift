import Experiments

/// The sum of the confusion matrices of one activation's trials.
struct ConfusionTotal {
  let classNames: [String]
  let matrix: ConfusionMatrix

  /// nil where no trial has one, or their classes differ.
  init?(_ cell: Cell) {
    let trials = cell.finished.filter { $0.confusion != nil }
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

  /// Returns the largest off-diagonal counts.
  func mostConfused(_ count: Int) -> [(truth: Int, predicted: Int, count: Int64, share: Double)] {
    var pairs: [(truth: Int, predicted: Int, count: Int64, share: Double)] = []
    for truth in 0..<matrix.classes {
      for predicted in 0..<matrix.classes where predicted != truth {
        let samples = matrix[truth, predicted]
        guard samples > 0 else { continue }
        pairs.append(
          (truth, predicted, samples, Double(samples) / Double(matrix.support(of: truth))))
      }
    }
    return Array(
      pairs.sorted { ($0.count, -$0.truth, -$0.predicted) > ($1.count, -$1.truth, -$1.predicted) }
        .prefix(count))
  }
}
