import ArgumentParser
import Foundation
import Storage

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves a study's report to a browser on this machine, refreshed during the study.",
    discussion: """
      The server is read-only, listens on 127.0.0.1 only, and answers only requests with the random \
      token in the address that it prints. From another machine, use ssh: \
      ssh -L PORT:127.0.0.1:PORT host. Ends with Ctrl-C, which leaves the study running.
      """)

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folders: [String]

  @Option(help: "The port; 0 for any free one.")
  var port: UInt16 = 0

  @Option(help: "Seconds between reads of the folder.")
  var interval = 10

  @Option(help: "The activation to compare with all others.")
  var subject: String?

  func validate() throws {
    guard !folders.isEmpty else { throw ValidationError("name a study's folder.") }
    guard (1...3600).contains(interval) else {
      throw ValidationError("--interval \(interval): 1 to 3600 seconds.")
    }
  }

  func run() throws {
    Interruption.watch()
    // Figures take seconds that the study's ranks, perhaps on this host, need more.
    _ = nice(10)
    let report = LiveReport(
      readers: folders.map { StudyReader(folder: $0) }, subject: subject)
    try report.update(refresh: interval)
    try Output.line(try report.serve(port: port))
    while !Interruption.flag.isRequested {
      for _ in 0..<10 * interval where !Interruption.flag.isRequested {
        Thread.sleep(forTimeInterval: 0.1)
        try report.checkServer()
      }
      do {
        if !Interruption.flag.isRequested { try report.update(refresh: interval) }
      } catch {
        // The last report remains until the folder can be read again.
        Failure(error).say()
      }
    }
  }
}
