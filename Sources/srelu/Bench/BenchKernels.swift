import ArgumentParser
import DataParallel
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

  func run() throws {
    let trial = try options.trial()
    try Job.run { job in
      let context = try options.prepare(job)
      let timings = try StepBenchmark.kernels(
        trial, on: context, exchange: options.gradientExchange,
        steps: options.steps)
      // All ranks at once: they share the machine, as in a step.
      let peak = MachinePeak(measuring: context.compute.instructionSet)
      try job.say {
        let report = KernelReport(
          architecture: trial.architecture.kind.rawValue, activation: trial.activation.name,
          ranks: job.world.size, batchSize: options.batchSize, steps: options.steps,
          roofline: Roofline(timings, peak: peak))
        return options.json ? try JSONText.line(report) : report.text
      }
      return .done
    }
  }
}

struct KernelReport: Codable {
  var architecture: String
  var activation: String
  var ranks: Int
  var batchSize: Int
  var steps: Int
  var roofline: Roofline

  enum CodingKeys: String, CodingKey {
    case architecture, activation, ranks, steps, roofline
    case batchSize = "batch_size"
  }

  var text: String {
    let place = ranks == 1 ? "1 rank" : "the first of \(ranks) ranks"
    return "\(architecture) \(activation), batch \(batchSize), mean of \(steps) steps on \(place)"
      + "\n\n"
      + alignedTable([Roofline.heads] + roofline.fields) + "\n" + roofline.peakText
  }
}
