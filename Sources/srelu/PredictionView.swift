import DataParallel
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

  private var accuracy: Double? { right.map { Double($0) / Double(predictions.count) } }

  private func truth(_ index: Int) -> String? {
    samples.labels.map { model.classNames[Int($0[index])] }
  }

  /// A class's name, safe for a terminal: it comes from a file.
  private func className(_ index: Int) -> String { model.classNames[index].onOneLine }

  // MARK: - Text

  /// A table of predictions, with the accuracy if the labels are known.
  func text(top: Int, logits: Bool) -> String {
    let head =
      ["sample"] + (samples.labels == nil ? [] : ["true"]) + ["predicted", "probabilities"]
      + (logits ? ["logits"] : [])
    let rows = shown.map { index -> [String] in
      let prediction = predictions[index]
      var row = [samples.names[index].onOneLine]
      if let truth = truth(index) { row.append(truth.onOneLine) }
      row += [className(prediction.predicted), probabilities(prediction, top: top)]
      if logits { row.append(prediction.logits.map { fixed(Double($0)) }.joined(separator: " ")) }
      return row
    }
    var lines = ["model: \(model.trial.label.onOneLine)"]
    if !rows.isEmpty { lines.append("\n" + alignedTable([head] + rows)) }
    if shown.count < predictions.count {
      lines.append("(\(shown.count) of \(predictions.count) samples are shown)")
    }
    if let right, let accuracy {
      lines.append("accuracy \(fixed(accuracy)): \(right) of \(predictions.count) are right")
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

  func json(logits: Bool, inputs: Bool) -> JSONObject {
    let shape = samples.shape
    let rows = shown.map { index -> JSONObject in
      let prediction = predictions[index]
      var row: JSONObject = [
        "sample": samples.names[index], "predicted_class": model.classNames[prediction.predicted],
        "probabilities": prediction.probabilities,
      ]
      if let truth = truth(index) { row["true_class"] = truth }
      if logits { row["logits"] = prediction.logits }
      if inputs {
        row["input"] = Array(samples.features[index * shape.count..<(index + 1) * shape.count])
      }
      return row
    }
    var document: JSONObject = [
      "input_shape": [shape.height, shape.width, shape.channels], "model": model.trial.label,
      "id": model.trial.id, "classes": model.classNames, "count": predictions.count,
      "samples": rows,
    ]
    if let accuracy { document["accuracy"] = accuracy }
    return document
  }
}
