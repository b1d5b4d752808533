import Foundation
import Support

extension TrialSummary {
  /// The text of `result.json`: sorted keys, one per line.
  ///
  /// A loss that is infinite or no number, which JSON can't spell, is written as the string `inf`,
  /// `-inf` or `nan`.
  public func json() throws -> String {
    try JSON.text(self, .pretty) + "\n"
  }

  /// The summary that the text of a `result.json` holds.
  /// - Throws: `ResultFileError` that names the key that is missing or wrong.
  public init(json text: String) throws(ResultFileError) {
    do {
      self = try JSON.value(from: text.utf8)
    } catch let error as DecodingError {
      throw ResultFileError(message: error.inOneLine)
    } catch {
      throw ResultFileError(message: String(describing: error))
    }
  }

  /// The columns of `results.csv`.
  public static let csvColumns =
    [
      "id", "cell_id", "activation", "alpha", "beta", "slope", "dataset", "architecture", "hidden",
      "dropout", "filters", "kernel", "padding", "optimizer", "learning_rate", "batch_size",
      "number_format", "epochs", "seed", "status", "reason", "ranks", "seconds",
    ]
    + ["test", "train"].flatMap { set in
      ["loss", "accuracy", "precision", "recall", "f1"].map { "\(set)_\($0)" }
    } + ["generalisation_gap"]

  /// The fields of one row of `results.csv`, empty where a trial has no value: parameters that its
  /// activation or architecture doesn't have, scores of a trial that didn't finish. Sizes of several
  /// layers are joined by spaces.
  public var csvFields: [String] {
    let shape = architectureParameters
    let isCNN = shape.kind == .cnn
    let parameter = { (key: String) in activationParameters[key].map(canonicalText(of:)) ?? "" }
    let sizes = { (values: [Int]) in values.map(String.init).joined(separator: " ") }
    var fields = [
      id, cellID, activation, parameter("alpha"), parameter("beta"), parameter("slope"),
    ]
    fields += [dataset, architecture, sizes(shape.hidden), canonicalText(of: shape.dropout)]
    fields += [sizes(shape.filters), isCNN ? String(shape.kernel) : ""]
    fields += [isCNN ? shape.padding.rawValue : "", optimizer, canonicalText(of: learningRate)]
    fields += [String(batchSize), precision.rawValue, String(epochs), String(seed)]
    fields += [status.rawValue, reason ?? "", String(ranks), canonicalText(of: seconds)]
    for scores in [test, train] {
      let values = scores.map { [$0.loss, $0.accuracy, $0.precision, $0.recall, $0.f1] }
      fields += values?.map(canonicalText(of:)) ?? Array(repeating: "", count: 5)
    }
    return fields + [generalisationGap.map(canonicalText(of:)) ?? ""]
  }

  /// The text of `results.csv`. An id that would read as a number has an apostrophe in front.
  public static func csv(_ trials: [TrialSummary]) -> String {
    CSV.text([csvColumns] + trials.map(\.csvFields), names: [0, 1])
  }
}
