import DataParallel
import Experiments
import Foundation
import Reports
import Support

struct PredictionView {
  let model: SavedModel
  let samples: PredictionSamples
  let predictions: [Prediction]
  /// Indices of the predictions to print.
  let shown: [Int]

  private var right: Int? {
    samples.labels.map { labels in
      predictions.indices.count { Int(labels[$0]) == predictions[$0].predicted }
    }
  }

  private func truth(_ index: Int) -> String? {
    samples.labels.map { model.classNames[Int($0[index])] }
  }

  /// A class's name, safe for a terminal: it comes from a file.
  private func className(_ index: Int) -> String { model.classNames[index].onOneLine }

  // MARK: - Text

  /// A table of predictions, with the accuracy if the labels are known.
  func text(top: Int, logits: Bool) -> String {
    let hasTruth = samples.labels != nil
    var head = ["sample", "predicted", "probabilities"]
    if hasTruth { head.insert("true", at: 1) }
    if logits { head.append("logits") }
    let rows = shown.map { index -> [String] in
      let prediction = predictions[index]
      var row = [samples.names[index].onOneLine, className(prediction.predicted)]
      row.append(probabilities(prediction, top: top))
      if let truth = truth(index) { row.insert(truth.onOneLine, at: 1) }
      if logits { row.append(prediction.logits.map { fixed(Double($0)) }.joined(separator: " ")) }
      return row
    }
    var lines = ["model: \(model.trial.label.onOneLine)"]
    if !rows.isEmpty { lines.append("\n" + alignedTable([head] + rows)) }
    if shown.count < predictions.count {
      lines.append("(\(shown.count) of \(predictions.count) samples are shown)")
    }
    if let right {
      let share = Double(right) / Double(predictions.count)
      lines.append("accuracy \(fixed(share)): \(right) of \(predictions.count) are right")
    }
    return lines.joined(separator: "\n")
  }

  private func probabilities(_ prediction: Prediction, top: Int) -> String {
    let order = prediction.probabilities.indices.sorted {
      (prediction.probabilities[$0], $1) > (prediction.probabilities[$1], $0)
    }
    return order.prefix(top).map {
      "\(className($0)) \(fixed(prediction.probabilities[$0]))"
    }.joined(separator: "  ")
  }

  private func fixed(_ value: Double) -> String { String(format: "%.4f", value) }

  // MARK: - JSON

  struct Document: Encodable {
    struct Sample: Encodable {
      var sample: String
      var true_class: String?
      var predicted_class: String
      var probabilities: [Double]
      var logits: [Float]?
      var input: [Float]?
    }
    /// Height, width and channels.
    var input_shape: [Int]
    var model: String
    var id: String
    var classes: [String]
    var count: Int
    var accuracy: Double?
    var samples: [Sample]
  }

  func json(logits: Bool, inputs: Bool) -> Document {
    let shape = samples.shape
    return Document(
      input_shape: [shape.height, shape.width, shape.channels], model: model.trial.label,
      id: model.trial.id, classes: model.classNames, count: predictions.count,
      accuracy: right.map { Double($0) / Double(predictions.count) },
      samples: shown.map { index in
        let prediction = predictions[index]
        let place = index * shape.count..<(index + 1) * shape.count
        return Document.Sample(
          sample: samples.names[index], true_class: truth(index),
          predicted_class: model.classNames[prediction.predicted],
          probabilities: prediction.probabilities, logits: logits ? prediction.logits : nil,
          input: inputs ? Array(samples.features[place]) : nil)
      })
  }
}
