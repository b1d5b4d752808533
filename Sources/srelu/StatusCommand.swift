import ArgumentParser
import Storage
import Support

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows a study's progress from its folder, also while it runs.",
    discussion:
      "Exit codes: 0 all trials are done, 1 some failed, 75 some are left, 65 a finished trial's files have "
      + "changed since (the next run trains it again).")

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folder: String

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func run() throws {
    let status = try StudyStatus(StudyReader(folder: folder), checksFiles: true)
    try Output.line(json ? try JSONText.pretty(status) : status.text)
    if let damage = status.firstDamage { throw damage }
    throw ArgumentParser.ExitCode(status.counts.exitCode.rawValue)
  }
}
