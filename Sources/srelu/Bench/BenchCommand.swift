import ArgumentParser
import DataParallel
import Experiments
import Foundation
import Health
import Models
import NeuralNet
import Support

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures this machine.",
    subcommands: [
      BenchStep.self, BenchKernels.self, BenchAllreduce.self, BenchCoordinator.self,
      BenchNetwork.self, BenchScaling.self, BenchStudy.self, BenchObservation.self,
    ])
}

/// Flags of the commands that time training steps.
struct StepOptions: ParsableArguments {
  @Option(help: "ffnn or cnn, as in the paper.")
  var architecture: ArchitectureSpec.Kind = .ffnn

  @Option(help: "The activation: a name in configs, or a formula in x without parameters.")
  var activation = "relu"

  @Option(help: "The gradient exchange: sharded or allreduce.")
  var gradientExchange = GradientExchange.sharded

  @Option(help: "The number format of the dense layers' products: fp32 or bf16.")
  var precision = NumberFormat.fp32

  @Option(help: "Samples per step, over all ranks.")
  var batchSize = 128

  @Option(help: "Measured steps.")
  var steps = 100

  @Option(help: "Threads per rank.")
  var threads = 1

  @Flag(help: "Print one JSON line instead of text.")
  var json = false

  func validate() throws {
    try checkRange("batch-size", batchSize, 1...10_000_000)
    try checkRange("steps", steps, 1...10_000_000)
    try checkRange("threads", threads, 1...1024)
  }

  /// The trial whose steps are timed.
  func trial(on dataset: String = "mnist") throws -> Trial {
    Trial(
      dataset: DatasetSpec(name: dataset), architecture: architecture == .ffnn ? .ffnn : .cnn,
      activation: try ActivationDefinition(argument: activation).spec(),
      training: TrainingSpec(batchSize: batchSize, epochs: 1, precision: precision), seed: 0)
  }

  /// What to compute with, where there is memory for it; collective over the job.
  func prepare(_ job: JobHealth) throws -> RankContext {
    let set = try job.agreeing {
      try checkMemory(ranks: job.world.size)
      return try InstructionSet.chosen(for: [precision])
    }
    return RankContext(job.world, compute: Compute(set, threads: threads))
  }

  /// Measures on all ranks and prints the result.
  func measure<Result: Encodable>(
    on dataset: String = "mnist", _ text: (Result) -> String,
    _ make: (Trial, RankContext) throws -> Result
  ) throws {
    let trial = try trial(on: dataset)
    try Job.run { job in
      try job.say(try make(trial, try prepare(job)), json: json, text)
    }
  }

  /// Checks for memory for eight batches of random images and the training of one rank.
  private func checkMemory(ranks: Int) throws {
    let trial = try trial()
    let input = ImageShape(height: 28, width: 28)
    guard
      let cost = ModelCost(
        architecture: trial.architecture, activation: trial.activation, input: input, classes: 10)
    else { return }
    let images = 8 * Double(batchSize) * Double(input.count)
    try MemoryNeed.check(
      MemoryNeed.bytes(
        cost, slots: trial.training.optimizerSlots, batch: batchSize, ranks: ranks) + images,
      of: "--batch-size \(batchSize)", ranksHere: 1)
  }
}

/// Flags of the commands that time training steps on a data set's samples.
struct SampleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train on the samples of a data set: \(KnownDataset.names.joined(separator: ", ")).",
      discussion: "Otherwise on random 28×28 images in 10 classes."))
  var dataset: String?

  @OptionGroup var data: DataOptions

  func validate() throws {
    guard let dataset, KnownDataset.named(dataset) == nil else { return }
    throw ValidationError(
      "--dataset \(dataset): expected one of \(KnownDataset.names.joined(separator: ", ")).")
  }

  /// The name of the data set; that which random images stand for where none was given.
  var name: String { dataset ?? "mnist" }

  var samples: BenchmarkSamples { dataset == nil ? .random : .found(by: data.search) }
}

/// Flags of the commands that time messages.
struct RoundOptions: ParsableArguments {
  @Option(help: "Measured rounds of each message length.")
  var rounds = 50

  @Flag(help: "Print one JSON line instead of text.")
  var json = false

  func validate() throws {
    try checkRange("rounds", rounds, 1...1_000_000)
  }
}

extension JobHealth {
  /// Prints a measurement on rank 0; collective.
  func say<Result: Encodable>(
    _ result: Result, json: Bool, _ text: (Result) -> String
  ) throws -> Support.ExitCode {
    try say { json ? try JSONText.line(result) : text(result) }
    return .done
  }
}

/// - Throws: `ValidationError` for a flag's value outside `range`.
func checkRange<Value: Comparable>(
  _ flag: String, _ value: Value?, _ range: ClosedRange<Value>
) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "--\(flag) \(value): expected \(range.lowerBound) to \(range.upperBound).")
}

extension ArchitectureSpec.Kind: ExpressibleByArgument {}
extension GradientExchange: ExpressibleByArgument {}
extension NumberFormat: ExpressibleByArgument {}
