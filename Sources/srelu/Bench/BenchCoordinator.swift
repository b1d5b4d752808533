import ArgumentParser
import Coordinator
import Foundation
import Health
import Reports

struct BenchCoordinator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Times the dispatch of trials.",
    discussion: """
      A simulated study on many groups and, over the ranks of this job, a study of empty trials that \
      are recorded like any other:

        mpirun -np 2 srelu bench coordinator
      """)

  @Option(help: "Groups in the simulation.")
  var groups = 1024

  @Option(help: "Trials in the simulation.")
  var trials = 100_000

  @Option(help: "Empty trials over the ranks of this job.")
  var emptyTrials = 3000

  @Option(help: "The folder for the study of empty trials, which is removed afterwards.")
  var folder: String?

  @Flag(help: "Print one JSON line instead of text.")
  var json = false

  func validate() throws {
    try checkRange("groups", groups, 1...100_000)
    try checkRange("trials", trials, 1...1_000_000)
    try checkRange("empty-trials", emptyTrials, 1...1_000_000)
  }

  private struct Result: Codable {
    var simulation: CoordinatorBenchmark.Simulation?
    var ranks: CoordinatorBenchmark.RealRanks
  }

  func run() throws {
    try Job.run { job in
      let place = try job.fromFirstRank {
        if let folder, FileManager.default.fileExists(atPath: folder) {
          throw AgreedFailure(
            description: "--folder \(folder): it exists, and would be removed; name another.",
            exitCode: .usage)
        }
        return try folder ?? "\(TemporaryFolder().path)/study"
      }
      // The other ranks wait silently meanwhile.
      let simulation =
        job.world.rank == 0 ? CoordinatorBenchmark.simulate(groups: groups, trials: trials) : nil
      defer {
        if job.world.rank == 0 {
          if folder == nil { TemporaryFolder.remove(around: place) }
          try? FileManager.default.removeItem(atPath: place)
        }
      }
      let ranks = try CoordinatorBenchmark.run(job.world, trials: emptyTrials, folder: place)
      return try job.say(Result(simulation: simulation, ranks: ranks), json: json, text)
    }
  }

  private func text(_ result: Result) -> String {
    var lines: [String] = []
    if let simulation = result.simulation {
      lines.append(
        String(
          format: "simulated, %d groups, %d trials: %.0f assignments/s, makespan %.1f s, %.2f %% "
            + "above the lower bound", simulation.groups, simulation.trials,
          simulation.assignmentsPerSecond, simulation.makespan,
          100 * (simulation.makespan / simulation.lowerBound - 1)))
    }
    lines.append(
      String(
        format: "%d ranks, %d empty trials, each with its files and its lines in the journal: "
          + "%.0f trials/s", result.ranks.ranks, result.ranks.trials,
        result.ranks.trialsPerSecond))
    return lines.joined(separator: "\n")
  }
}
