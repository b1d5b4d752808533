import ArgumentParser
import Coordinator

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Trains every trial of a study that isn't done yet, and compares the results.",
    discussion: """
      Start it with one rank per core:

        mpirun -np 2 srelu sweep configs/quickstart.yaml

      Run it again after an interruption, or with longer lists in the config: finished trials are kept.
      """)

  @OptionGroup var options: StudyOptions
  @OptionGroup var ownership: FolderOptions

  @Option(help: "Also rerun: failed trials, or none.")
  var retry: RetryPolicy = .failed

  func run() throws {
    try Job.run(watched: true) { job in
      // Only rank 0 needs access to the config file.
      let order = try job.fromFirstRank {
        let study = try options.study()
        return StudyOrder(
          study: study, folder: options.folder(of: study), search: options.data.search,
          retriesFailed: retry == .failed, allowsForeignFolder: ownership.allowForeignFolder)
      }
      return try StudyRun(order, on: job, level: options.logLevel, json: options.json).run()
    }
  }
}
