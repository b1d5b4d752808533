import ArgumentParser
import Experiments
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Prints a study's tables again, from its folder; also while it runs.")

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folder: String

  @Flag(help: "Markdown instead of aligned text.")
  var markdown = false

  @Flag(help: "JSON instead of text.")
  var json = false

  func run() throws {
    let reader = StudyReader(folder: folder)
    let report = try reader.report(try reader.study())
    print(json ? try report.json() : markdown ? report.markdown : report.text)
  }
}
