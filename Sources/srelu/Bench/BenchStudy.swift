import ArgumentParser
import Coordinator
import Experiments
import Foundation
import Health
import Reports
import Storage
import Support

struct BenchStudy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Times a small study from its config to its last result.",
    discussion: """
      Loading, training, evaluation and writing the study's files are timed; data sets that are \
      already present aren't fetched again. The files lie in a temporary folder, which is removed.

        mpirun -np 2 srelu bench study --architecture ffnn --activation relu --activation srelu
      """)

  @Option(help: "mnist, fashion-mnist or wdbc.")
  var dataset = "mnist"

  @Option(help: "ffnn or cnn; may be repeated (default: both).")
  var architecture: [ArchitectureSpec.Kind] = []

  @Option(help: "An activation; may be repeated (default: relu and srelu).")
  var activation: [String] = []

  @Option(help: "Passes over the training set.")
  var epochs = 1

  @Option(help: "Seeds per cell.")
  var seeds = 1

  @Option(help: "Ranks that train one trial together.")
  var ranksPerTrial = 1

  @OptionGroup var data: DataOptions

  @Flag(help: "Print one JSON line instead of text.")
  var json = false

  func validate() throws {
    try checkRange("seeds", seeds, 1...StudyConfig.trialLimit)
    try checkRange("ranks-per-trial", ranksPerTrial, 1...1_000_000)
  }

  func run() throws {
    try Job.run(watched: true) { job in
      let order = try job.fromFirstRank {
        var study = try StudyConfig(
          yaml: "", file: "bench study",
          baseDirectory: try WorkingFolder.path(), overrides: settings)
        study.ranksPerTrial = ranksPerTrial
        return StudyOrder(
          study: study, folder: "\(try TemporaryFolder().path)/study", search: data.search)
      }
      defer { if job.world.rank == 0 { TemporaryFolder.remove(around: order.folder) } }
      return try measure(order, job)
    }
  }

  private func measure(_ order: StudyOrder, _ job: JobHealth) throws -> Support.ExitCode {
    let world = job.world
    let clock = ContinuousClock()
    try world.barrier()
    let start = clock.now
    let summary = try StudyRun(order, on: job, level: .quiet, json: json).train()
    let duration = clock.now - start
    guard world.rank == 0 else { return summary.exitCode }
    if let problem = summary.problem {
      Failure(AgreedFailure(description: problem, exitCode: summary.exitCode)).say()
      return summary.exitCode
    }
    let state = try StudyReader(folder: order.folder).state()
    let timing = StudyTiming(
      seconds: duration.inSeconds, ranks: world.size, ranksPerTrial: ranksPerTrial,
      trials: order.study.trials.compactMap { state.endings[$0.id] }, epochs: state.epochs)
    try Output.line(json ? try JSONText.line(timing.json) : timing.text)
    return summary.exitCode
  }

  /// The flags as settings of a config, so that one reader checks both.
  private var settings: [String] {
    let architectures = architecture.isEmpty ? [.ffnn, .cnn] : architecture
    let activations = activation.isEmpty ? ["relu", "srelu"] : activation
    return [
      "name=bench", "datasets=[\(dataset)]",
      "architectures=[\(architectures.map(\.rawValue).joined(separator: ", "))]",
      "activations=[\(activations.joined(separator: ", "))]",
      "seeds={first: 0, count: \(seeds)}", "training.epochs=\(epochs)",
    ]
  }
}
