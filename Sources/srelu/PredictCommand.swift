import ArgumentParser
import DataParallel
import Experiments
import Foundation
import NeuralNet
import Storage
import Support

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predicts classes with a trained model, for its data set or for files.",
    discussion: """
      Files are PNG or PGM images or IDX files of images for a model of images, CSV files with the \
      columns of its table for any other; a model of data in another format takes files of that. \
      Without files the model's own test set is predicted.
      """)

  @Argument(
    help: ArgumentHelp("A finished trial's folder, such as runs/paper/trials/<id>."))
  var model: String

  @Argument(help: "Images or tables.")
  var files: [String] = []

  @Option(help: "Which part of the model's data set: test or train.")
  var part: PredictionSamples.Part = .test

  @Option(
    name: .customLong("index"),
    help: "Only this sample, counted from 0. May be given several times.")
  var indices: [Int] = []

  @Option(
    help: "Prints so many samples at most; 0 for all. The accuracy is over all of them either way.")
  var limit = 20

  @Option(help: "Classes that are printed with their probabilities.")
  var top = 3

  @Flag(help: "Prints only samples that are predicted wrongly.")
  var wrong = false

  @Flag(help: "Images are dark on light, and the data set's light on dark.")
  var inverted = false

  @Flag(help: "The last layer's outputs too.")
  var logits = false

  @Flag(help: "With --json: what the network sees of each sample too.")
  var inputs = false

  @OptionGroup var data: DataOptions

  @Flag(help: "JSON instead of text.")
  var json = false

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit \(limit): at least 0.") }
    guard top >= 1 else { throw ValidationError("--top \(top): at least 1.") }
    guard json || !inputs else { throw ValidationError("--inputs needs --json.") }
  }

  func run() throws {
    var saved = try SavedModel(contentsOf: model)
    saved.trainedOn = StudyReader.digestsOfData(for: saved.trial, modelAt: model)
    let samples = try chosen(of: try samples(for: saved))
    let predictor = try Predictor(
      saved, shape: samples.shape, instructionSet: try chosenInstructionSet(for: []))
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
