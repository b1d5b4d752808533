import Experiments
import Foundation
import NeuralNet

/// What a network makes of one sample.
package struct Prediction: Sendable {
  /// The last layer's outputs: one for each class, or of two classes one for the second.
  package let logits: [Float]
  /// One for each class; they add up to 1.
  package let probabilities: [Double]
  package let predicted: Int

  init(logits: [Float]) {
    self.logits = logits
    if logits.count == 1 {
      let second = 1 / (1 + exp(-Double(logits[0])))
      probabilities = [1 - second, second]
      // As in training: the threshold is of the logit.
      predicted = logits[0] > 0 ? 1 : 0
    } else {
      let largest = Double(logits.max() ?? 0)
      let powers = logits.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      probabilities = powers.map { $0 / sum }
      predicted = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    }
  }
}

/// A saved model, ready to predict; in float32 whatever it was trained in.
package final class Predictor {
  private let network: Network
  private let model: SavedModel
  private static let batch = 256

  /// - Throws: `SavedModelError` where the parameters aren't those of the trial's network;
  ///   `TrialShapeError`.
  package init(_ model: SavedModel, shape: ImageShape, compute: Compute) throws {
    self.model = model
    try Self.checkSize(of: model, shape: shape)
    let spec = try NetworkSpec(model.trial, input: shape, classes: model.classNames.count)
    network = Network(spec, capacity: Self.batch, seed: model.trial.seed, compute: compute)
    if let mismatch = model.mismatch(with: network) {
      throw Self.misfit(model, shape, mismatch)
    }
    network.load(model.tensors)
  }

  /// Before any memory is taken for a network that a damaged file, or a huge image, would make huge.
  private static func checkSize(of model: SavedModel, shape: ImageShape) throws {
    let cost = ModelCost(
      architecture: model.trial.architecture, activation: model.trial.activation,
      input: shape, classes: model.classNames.count)
    let found = model.tensors.reduce(0) { $0 + $1.values.count }
    guard let cost, cost.parameters == found else {
      let expected = cost.map { "they need \($0.parameters)" } ?? "the network can't take them"
      throw misfit(model, shape, "it has \(found) parameters, and \(expected)")
    }
  }

  private static func misfit(_ model: SavedModel, _ shape: ImageShape, _ why: String)
    -> SavedModelError
  {
    SavedModelError(
      description: "\(model.trial.label): model.safetensors doesn't fit samples of "
        + "\(shape.height)×\(shape.width) and \(model.classNames.count) classes: \(why)."
        + (model.trial.dataset.testFraction == nil
          ? ""
          : " The table isn't the one that the model was trained on, or the model is damaged."),
      exitCode: .badData)
  }

  /// A prediction for each sample.
  /// - Throws: `SavedModelError` where an output is not a number, which no class can be told from.
  package func predict(_ samples: PredictionSamples) throws(SavedModelError) -> [Prediction] {
    precondition(samples.shape == network.spec.input, "\(samples.shape) for \(network.spec.input)")
    let (length, outputs) = (samples.shape.count, network.spec.outputs)
    var predictions: [Prediction] = []
    predictions.reserveCapacity(samples.count)
    for first in stride(from: 0, to: samples.count, by: Self.batch) {
      let count = min(Self.batch, samples.count - first)
      samples.features.withUnsafeBufferPointer { features in
        let part = features[first * length..<(first + count) * length]
        network.input.base.update(
          from: UnsafeBufferPointer(rebasing: part).baseAddress.unsafelyUnwrapped, count: part.count
        )
      }
      network.forward(count: count, mode: .evaluation)
      for row in 0..<count {
        let logits = UnsafeBufferPointer(start: network.logits + row * outputs, count: outputs)
        guard !logits.contains(where: \.isNaN) else {
          throw SavedModelError(
            description:
              "\(samples.names[first + row]): the model's output for it is not a number: its "
              + "weights, or the sample's values, are too large for the network's arithmetic.",
            exitCode: .badData)
        }
        predictions.append(Prediction(logits: Array(logits)))
      }
    }
    return predictions
  }
}
