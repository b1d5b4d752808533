import Experiments
import MPI
import NeuralNet
import Support

/// What looking at the hidden layers after an epoch costs beside the epoch's training steps, on random
/// pixels in as many samples as MNIST has.
package struct ObservationBenchmark: Codable, Sendable {
  package var architecture: String
  package var activation: String
  package var ranks: Int
  /// Milliseconds of an epoch's training steps: their number times the median.
  package var stepsMs: Double
  /// Milliseconds that scoring the test set takes longer for being observed.
  package var layersMs: Double
  /// Milliseconds of scoring a part of the training set without dropout.
  package var scoreMs: Double
  /// Milliseconds of taking the gradients' norms.
  package var gradientsMs: Double

  /// All three, in percent of the training steps.
  package var percentOfSteps: Double { 100 * (layersMs + scoreMs + gradientsMs) / stepsMs }

  enum CodingKeys: String, CodingKey {
    case architecture, activation, ranks
    case stepsMs = "steps_ms"
    case layersMs = "layers_ms"
    case scoreMs = "score_ms"
    case gradientsMs = "gradients_ms"
  }

  /// Measures each part `rounds` times, in turn, and takes the medians; collective.
  /// - Throws: `MPIError`, `TrialShapeError`.
  package init(
    _ trial: Trial, on context: RankContext, exchange: GradientExchange = .sharded, steps: Int,
    rounds: Int = 7, trainCount: Int = 60_000, testCount: Int = 10_000
  ) throws {
    let group = context.group
    let run = try BenchmarkRun(trial, on: context, exchange: exchange)
    let plan = ObservationPlan(
      count: trainCount, batchSize: trial.training.batchSize, epochs: trial.training.epochs)
    let scored = (trainCount + plan.sampleInterval - 1) / plan.sampleInterval
    var times: [String: [Double]] = [:]
    for step in 0..<15 { _ = try run.step(step) }
    for round in 0..<rounds {
      for step in 0..<max(1, steps / rounds) {
        times["step", default: []].append(try run.step(round + step))
      }
      let plain = try run.evaluation(samples: testCount, observed: false)
      let observed = try run.evaluation(samples: testCount, observed: true)
      times["layers", default: []].append(observed - plain)
      times["score", default: []].append(try run.evaluation(samples: scored, observed: false))
      times["gradients", default: []].append(try run.gradientNorms(samples: plan.gradientSamples))
    }
    try run.free()
    func median(_ name: String) throws -> Double {
      1000 * (try group.allreduce(times[name] ?? [0], .max).median ?? 0)
    }
    architecture = trial.architecture.kind.rawValue
    activation = trial.activation.name
    ranks = group.size
    let batch = trial.training.batchSize
    stepsMs = try median("step") * Double((trainCount + batch - 1) / batch)
    layersMs = try median("layers")
    scoreMs = try median("score") / Double(plan.epochInterval)
    gradientsMs = try median("gradients") / Double(plan.epochInterval)
  }
}
