import ArgumentParser
import Datasets
import Health
import Models
import Support

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Fetches, checks and shows data sets.",
    subcommands: [Fetch.self, Check.self, Show.self])

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Downloads missing data sets to where studies look for them.")

    @Argument(help: "The data sets (default: all).")
    var names: [KnownDataset] = []

    @OptionGroup var data: DataOptions

    func run() throws {
      let search = data.search
      var failures: [String] = []
      for dataset in names.isEmpty ? KnownDataset.all : names {
        if let place = try? search.locate(dataset) {
          Output.progress("\(dataset.name): already in \(place.path)\n")
          continue
        }
        do {
          let folder = try DatasetFetcher(target: search.target).fetch(dataset) {
            Output.progress("\(dataset.name): \($0)\n")
          }
          Output.progress("\(dataset.name): fetched into \(folder)\n")
        } catch let error as DatasetError {
          failures.append(error.description)
        }
      }
      guard failures.isEmpty else {
        throw AgreedFailure(
          description: failures.joined(separator: "\nsrelu: "), exitCode: .environment)
      }
      try Output.checkProgress()
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads data sets and checks their contents against known digests.")

    @Argument(help: "The data sets (default: all).")
    var names: [KnownDataset] = []

    @OptionGroup var data: DataOptions

    @Flag(help: "Print JSON instead of text.")
    var json = false

    func run() throws {
      let checks = (names.isEmpty ? KnownDataset.all : names).map {
        DatasetCheck($0, search: data.search)
      }
      if json {
        try Output.line(try JSONText.pretty(checks))
      } else {
        for check in checks {
          try Output.line("\(check.dataset): \(check.problem ?? "ok, in \(check.path ?? "")")")
        }
      }
      if checks.contains(where: { $0.problem != nil && !$0.isMissing }) {
        throw ArgumentParser.ExitCode(Support.ExitCode.badData.rawValue)
      }
      if checks.contains(where: \.isMissing) {
        throw ArgumentParser.ExitCode(Support.ExitCode.environment.rawValue)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints counts, shapes, class balance and a few samples.")

    @Argument(help: "The data set: \(KnownDataset.names.joined(separator: ", ")).")
    var name: KnownDataset

    @OptionGroup var data: DataOptions

    func run() throws {
      try Output.line(try data.search.read(name.name, nil).text(name: name.name))
    }
  }
}

extension KnownDataset: ExpressibleByArgument {
  package init?(argument: String) {
    guard let dataset = Self.named(argument) else { return nil }
    self = dataset
  }

  package static var allValueStrings: [String] { names }
  package var defaultValueDescription: String { name }
}
