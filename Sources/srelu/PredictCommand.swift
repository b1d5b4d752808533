import ArgumentParser
import DataParallel
import NeuralNet
import Storage

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predicts classes with a trained model, for its own data set or for files.",
    discussion: """
      For a model trained on images, files are PNG, PGM or IDX images; for one trained on a table, CSV \
      files with the table's columns; for one trained on another format, files of that format. Without \
      files, the model's own test set is predicted.
      """)

  @Argument(
    help: ArgumentHelp("A finished trial's folder, such as runs/paper/trials/<id>."))
  var model: String

  @Argument(help: "The images or tables.")
  var files: [String] = []

  @Option(help: "The part of the model's data set: test or train.")
  var part: PredictionSamples.Part = .test

  @Option(
    name: .customLong("index"),
    help: "Only this sample, counted from 0. May be repeated.")
  var indices: [Int] = []

  @Option(
    help: "Samples to print at most, 0 for all; the accuracy is over all samples either way.")
  var limit = 20

  @Option(help: "The number of most probable classes to print.")
  var top = 3

  @Flag(help: "Print only misclassified samples.")
  var wrong = false

  @Flag(help: "Invert the images: they are dark on light, the data set's light on dark.")
  var inverted = false

  @Flag(help: "Also print the logits.")
  var logits = false

  @Flag(help: "With --json: also print each sample as the network's input.")
  var inputs = false

  @OptionGroup var data: DataOptions

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit \(limit): at least 0.") }
    guard top >= 1 else { throw ValidationError("--top \(top): at least 1.") }
    guard json || !inputs else { throw ValidationError("--inputs needs --json.") }
  }

  func run() throws {
    let saved = try SavedModel(contentsOf: model)
    let samples = try chosen(of: try samples(for: saved))
    let predictor = try Predictor(
      saved, shape: samples.shape, compute: Compute(try InstructionSet.chosen(for: [])))
    let predictions = try predictor.predict(samples)
    if !saved.isVerified {
      Output.complain(
        "srelu: note: \(model)/\(TrialFiles.result) holds no digests, as an earlier version wrote it: the "
          + "model was not checked for damage")
    }
    let view = PredictionView(
      model: saved, samples: samples, predictions: predictions,
      shown: shown(samples, predictions))
    try Output.line(
      json
        ? try JSONText.line(view.json(logits: logits, inputs: inputs))
        : view.text(top: top, logits: logits))
  }

  private func samples(for saved: SavedModel) throws -> PredictionSamples {
    files.isEmpty
      ? try PredictionSamples(part, of: saved, search: data.search)
      : try PredictionSamples(files: files, for: saved, inverted: inverted, search: data.search)
  }

  private func chosen(of samples: PredictionSamples) throws -> PredictionSamples {
    guard !indices.isEmpty else { return samples }
    if let bad = indices.first(where: { !(0..<samples.count).contains($0) }) {
      throw ValidationError("--index \(bad): there are samples 0 to \(samples.count - 1).")
    }
    return samples.only(indices)
  }

  private func shown(_ samples: PredictionSamples, _ predictions: [Prediction]) -> [Int] {
    let wanted = predictions.indices.filter { index in
      !wrong || samples.labels.map { Int($0[index]) != predictions[index].predicted } ?? false
    }
    return limit == 0 ? wanted : Array(wanted.prefix(limit))
  }
}

extension PredictionSamples.Part: ExpressibleByArgument {}
