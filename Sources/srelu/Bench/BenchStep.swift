import ArgumentParser
import DataParallel
import Foundation

struct BenchStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Times training steps: gather, forward, loss, backward, exchange, Adam.",
    discussion: """
      On random 28×28 images in 10 classes, or with --dataset on real ones, of whose pixels most are 0. \
      Under mpirun the ranks share the global batch:

        mpirun -np 2 srelu bench step --architecture cnn --activation srelu --dataset mnist
      """)

  @OptionGroup var options: StepOptions
  @OptionGroup var data: SampleOptions

  func run() throws {
    try options.measure(on: data.name, text) {
      try StepBenchmark(
        $0, on: $1, exchange: options.gradientExchange, samples: data.samples,
        steps: options.steps)
    }
  }

  private func text(_ result: StepBenchmark) -> String {
    String(
      format: "%@ %@%@, batch %d on %d rank%@: median %.3f ms, shortest %.3f ms, "
        + "%.0f samples/s, %.1f GFLOP/s, %.0f %% of the multiply-add peak",
      result.architecture, result.activation, result.dataset.map { " on \($0)" } ?? "",
      result.batchSize, result.ranks,
      result.ranks == 1 ? "" : "s", result.medianMs, result.minMs, result.samplesPerSecond,
      result.gflops, result.percentOfPeak)
  }
}

struct BenchObservation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "observation",
    abstract: "Times the measurements of hidden layers after an epoch, beside its steps.",
    discussion: "Uses random 28×28 images, 60,000 for training and 10,000 for testing.")

  @OptionGroup var options: StepOptions

  func run() throws {
    try options.measure(text) {
      try ObservationBenchmark(
        $0, on: $1, exchange: options.gradientExchange, steps: options.steps)
    }
  }

  private func text(_ result: ObservationBenchmark) -> String {
    "\(result.architecture) \(result.activation): "
      + String(
        format: "an epoch's steps %.0f ms; layers %.1f ms, training set scored %.1f ms, "
          + "gradients %.1f ms: %.2f %% of the steps",
        result.stepsMs, result.layersMs, result.scoreMs, result.gradientsMs,
        result.percentOfSteps)
  }
}
