import ArgumentParser
import Cluster
import Launching

/// What `launch/local`, `run`, `hosts` and `slurm` call.
struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch",
    abstract: "Starts ranks and supervises them: called by the scripts in launch/.",
    shouldDisplay: false)

  @Argument(
    help: "The script (local, run, hosts, slurm), or cores for the number that would be used.")
  var script: String

  @Argument(parsing: .captureForPassthrough, help: "The script's arguments.")
  var words: [String] = []

  func run() throws {
    if script == "cores" {
      return try Output.line("\(UsableCores.own.cores)")
    }
    guard let kind = JobArguments.Kind(rawValue: script) else {
      throw ValidationError("launch/ has no script \(script) that starts ranks.")
    }
    throw ExitCode(Launch.run(kind, words, program: CommandLine.arguments[0]))
  }
}
