import ArgumentParser

struct Srelu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "srelu",
    abstract:
      "Trains neural networks data-parallel over MPI ranks and compares activation functions.",
    discussion: """
      A study is one YAML file. Run it with one rank per core:

        mpirun -np 2 srelu sweep configs/quickstart.yaml

      Exit codes: 0 done, 1 finished but some trials failed, 64 usage or config, 65 bad data, \
      69 launch or environment, 70 bug, 73 cannot write, 75 interrupted (run again to resume).
      """,
    version: Version.text,
    subcommands: [
      SweepCommand.self, TrainCommand.self, PlanCommand.self, StatusCommand.self,
      ReportCommand.self, WatchCommand.self, ServeCommand.self, PredictCommand.self,
      ActivationCommand.self,
      DataCommand.self, BenchCommand.self, DoctorCommand.self, HelpCommand.self, LaunchCommand.self,
    ])
}

@main
enum Program {
  static func main() {
    Output.prepare()
    do {
      var command = try Srelu.parseAsRoot()
      try command.run()
    } catch {
      Failure(error).leave()
    }
  }
}

enum Version {
  static let number = "0.1.0"
  static let text = "srelu \(number)"
}
