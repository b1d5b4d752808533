import ArgumentParser
import Experiments

/// `srelu help`, which replaces ArgumentParser's: that knows only commands.
struct HelpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "help",
    abstract: "Shows help for a command or, with `config`, for the keys of a config.")

  @Argument(help: "A command, such as sweep or data fetch, or config.")
  var subject: [String] = []

  @Flag(help: "With config: print the documentation's article.")
  var markdown = false

  func validate() throws {
    if markdown, subject != ["config"] { throw ValidationError("--markdown is for help config.") }
  }

  func run() throws {
    if subject == ["config"] {
      return try Output.write(markdown ? ConfigReference.markdown : ConfigReference.text)
    }
    var command: any ParsableCommand.Type = Srelu.self
    for name in subject {
      let commands = command.configuration.subcommands
      if let next = commands.first(where: { $0._commandName == name }) {
        command = next
        continue
      }
      let names = commands.map { $0._commandName } + (command == Srelu.self ? ["config"] : [])
      throw ValidationError(
        names.isEmpty
          ? "\(command._commandName) has no subcommands."
          : "No help for \(name); expected one of \(names.joined(separator: ", ")).")
    }
    throw CleanExit.helpRequest(command)
  }
}
