import ArgumentParser
import Datasets
import Experiments
import Foundation

/// Flags of every command that reads data sets.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look for data sets here first.",
      discussion: "Then in $SRELU_DATA, this repository's data/, and /usr/share/datasets."))
  var dataDir: String?

  var search: DatasetSearch {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.path
    let here = FileManager.default.currentDirectoryPath
    return DatasetSearch(
      dataDirectory: dataDir, environment: ProcessInfo.processInfo.environment,
      repository: DatasetSearch.repository(above: here)
        ?? DatasetSearch.repository(above: program))
  }
}

/// Flags of every command that writes to a folder.
struct FolderOptions: ParsableArguments {
  @Flag(help: "Allow writing to a folder that belongs to another user.")
  var allowForeignFolder = false
}

/// Flags of every command that runs or reads a study by its config.
struct StudyOptions: ParsableArguments {
  @Argument(help: "The study's YAML file.")
  var config: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Overrides a setting: training.epochs.mnist=1. May be repeated.",
      valueName: "key=value"))
  var overrides: [String] = []

  @Option(
    help: "Ranks that train one trial together: a number, or auto (default: the config's).")
  var ranksPerTrial: String?

  @Option(help: "The folder for results (default: runs/<study name>).")
  var outputDir: String?

  @OptionGroup var data: DataOptions

  @Option(help: "Verbosity: info, or quiet (results and errors only).")
  var logLevel: LogLevel = .info

  @Flag(help: "Print JSON instead of text.")
  var json = false

  /// The study with the flags' changes.
  func study() throws -> StudyConfig {
    let flag = ranksPerTrial.map { ["ranks-per-trial=\($0)"] } ?? []
    return try StudyConfig(contentsOf: config, overrides: overrides + flag)
  }

  func folder(of study: StudyConfig) -> String { outputDir ?? "runs/\(study.name)" }
}

/// Which ended trials a sweep reruns.
enum RetryPolicy: String, ExpressibleByArgument, CaseIterable {
  case failed, none
}

enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  /// Results and errors only.
  case quiet
  /// Progress too.
  case info
}
