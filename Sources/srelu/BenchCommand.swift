import ArgumentParser
import DataParallel
import Experiments
import Foundation
import NeuralNet

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures this machine.", subcommands: [Step.self])

  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times training steps: gather, forward, loss, backward, allreduce, Adam.",
      discussion: """
        On random 28×28 images in 10 classes. Under mpirun the ranks share the global batch:

          mpirun -np 2 srelu bench step --architecture cnn --activation srelu
        """)

    @Option(help: "ffnn or cnn, as in the paper.")
    var architecture: ArchitectureSpec.Kind = .ffnn

    @Option(help: "An activation by its name in configs, with its default parameters.")
    var activation = "relu"

    @Option(help: "How gradients are averaged: sharded or allreduce.")
    var gradientExchange = GradientExchange.sharded

    @Option(help: "What dense layers multiply: fp32 or bf16.")
    var precision = NumberFormat.fp32

    @Option(help: "Samples per step over all ranks.")
    var batchSize = 128

    @Option(help: "Steps that are measured.")
    var steps = 100

    @Option(help: "Threads per rank.")
    var threads = 1

    @Flag(help: "One JSON line instead of text.")
    var json = false

    func validate() throws {
      for (name, value) in [("batch-size", batchSize), ("steps", steps), ("threads", threads)]
      where value < 1 {
        throw ValidationError("--\(name) \(value): at least 1 is needed.")
      }
    }

    func run() throws {
      guard let entry = ActivationCatalogue.entry(named: activation) else {
        let names = ActivationCatalogue.names.joined(separator: ", ")
        throw ValidationError("--activation \(activation): expected one of \(names).")
      }
      let trial = Trial(
        dataset: DatasetSpec(name: "mnist"), architecture: architecture == .ffnn ? .ffnn : .cnn,
        activation: entry.resolved(),
        training: TrainingSpec(batchSize: batchSize, epochs: 1, precision: precision), seed: 0)
      try Job.run { world in
        let set = try Job.agreeing(world) { try chosenInstructionSet(for: [precision]) }
        setMatrixThreads(threads)
        let result = try StepBenchmark(
          trial, group: world, instructionSet: set, exchange: gradientExchange, steps: steps)
        if world.rank == 0 { print(json ? JSONText.line(result) : text(result)) }
        return .done
      }
    }

    private func text(_ result: StepBenchmark) -> String {
      String(
        format: "%@ %@, batch %d on %d rank%@: median %.3f ms, shortest %.3f ms, "
          + "%.0f samples/s, %.1f GFLOP/s",
        result.architecture, result.activation, result.batchSize, result.ranks,
        result.ranks == 1 ? "" : "s", result.medianMs, result.minMs, result.samplesPerSecond,
        result.gflops)
    }
  }
}

extension ArchitectureSpec.Kind: ExpressibleByArgument {}
extension GradientExchange: ExpressibleByArgument {}
extension NumberFormat: ExpressibleByArgument {}
