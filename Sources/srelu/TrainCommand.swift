import ArgumentParser
import Coordinator
import Experiments
import Foundation

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a single trial, described by flags, on all ranks together.",
    discussion: """
      All ranks form one group and share each global batch:

        mpirun -np 2 srelu train --dataset wdbc --activation srelu --epochs 20

      The trial is a study of its own; its results go to runs/train.
      """)

  @Option(help: "mnist, fashion-mnist or wdbc.")
  var dataset = "mnist"

  @Option(help: "ffnn or cnn, as in the paper.")
  var architecture = "ffnn"

  @Option(help: "The activation, by its name in configs.")
  var activation = "relu"

  @Option(help: "A parameter of the activation: beta=0.25. May be repeated.")
  var parameter: [String] = []

  @Option(help: "Passes over the training set.")
  var epochs = 10

  @Option(help: "Samples per step, over all ranks.")
  var batchSize = 128

  @Option(help: "The optimizer's step size.")
  var learningRate = 0.001

  @Option(help: "The seed of the weights, sample order, dropout and split.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Sets any other key of a config. May be repeated.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "The folder for results.")
  var outputDir = "runs/train"

  @OptionGroup var ownership: FolderOptions

  @OptionGroup var data: DataOptions

  @Option(help: "Verbosity: info, or quiet (results and errors only).")
  var logLevel: LogLevel = .info

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func run() throws {
    try Job.run(watched: true) { job in
      let order = try job.fromFirstRank {
        var study = try StudyConfig(
          yaml: "", file: "train", baseDirectory: try WorkingFolder.path(),
          overrides: settings + overrides)
        study.ranksPerTrial = job.world.size
        return StudyOrder(
          study: study, folder: outputDir, search: data.search,
          allowsForeignFolder: ownership.allowForeignFolder)
      }
      return try StudyRun(order, on: job, level: logLevel, json: json).run()
    }
  }

  /// The flags as settings of a config, so that one reader checks both.
  private var settings: [String] {
    let constants = parameter.map { $0.replacingOccurrences(of: "=", with: ": ") }
    let function =
      constants.isEmpty ? activation : "{\(activation): {\(constants.joined(separator: ", "))}}"
    return [
      "name=train", "datasets=[\(dataset)]", "architectures=[\(architecture)]",
      "activations=[\(function)]", "seeds=[\(seed)]", "training.epochs=\(epochs)",
      "training.batch-size=\(batchSize)", "training.learning-rate=\(learningRate)",
    ]
  }
}
