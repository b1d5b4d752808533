import ArgumentParser
import DataParallel
import Experiments
import Foundation
import NeuralNet
import Reports

struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Times each operation of a training step beside this core's limits.",
    discussion: """
      Arithmetic is compared with multiply-adds in registers, everything else with copies of the same \
      size, both measured here. The work of a step counts in full, so an operation with an exact \
      shortcut can exceed 100 %.

        srelu bench kernels --architecture cnn --activation srelu

      Under mpirun the figures are those of the first rank.
      """)

  @OptionGroup var options: StepOptions
  @OptionGroup var data: SampleOptions

  func run() throws {
    let trial = try options.trial(on: data.name)
    try Job.run { job in
      let context = try options.prepare(job)
      let timings = try StepBenchmark.kernels(
        trial, on: context, exchange: options.gradientExchange, samples: data.samples,
        steps: options.steps)
      // All ranks at once: they share the machine, as in a step.
      let peak = MachinePeak(measuring: context.compute.instructionSet)
      let roofline = Roofline(timings, peak: peak)
      try job.say {
        options.json
          ? try JSONText.line(json(roofline, trial, ranks: job.world.size))
          : text(roofline, trial, ranks: job.world.size)
      }
      return .done
    }
  }

  private func json(_ roofline: Roofline, _ trial: Trial, ranks: Int) -> JSONObject {
    [
      "architecture": trial.architecture.kind.rawValue, "activation": trial.activation.name,
      "dataset": data.dataset, "ranks": ranks, "batch_size": options.batchSize,
      "steps": options.steps,
      "roofline": roofline,
    ]
  }

  private func text(_ roofline: Roofline, _ trial: Trial, ranks: Int) -> String {
    "\(trial.architecture.kind.rawValue) \(trial.activation.name)"
      + (data.dataset.map { " on \($0)" } ?? "") + ", batch \(options.batchSize), "
      + "mean of \(options.steps) steps on "
      + (ranks == 1 ? "1 rank" : "the first of \(ranks) ranks") + "\n\n"
      + alignedTable([Roofline.heads] + roofline.fields) + "\n" + roofline.peakText
  }
}
