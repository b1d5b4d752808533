import ArgumentParser
import Coordinator
import Experiments
import Foundation
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a study's report, and prints its answer; also while it runs.",
    discussion: """
      The report is <run>/report/index.html: the answer with its statistics, the paper's claims with a \
      verdict each, tables (CSV and LaTeX beside it) and figures. Of several runs, one report shows \
      them side by side.
      """)

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "Where the report goes (default: report/ in the first run).",
      discussion: "A report there is replaced; what no report wrote is never touched."))
  var outputDir: String?

  @Option(
    help: ArgumentHelp(
      "The activation that is compared with all others, such as srelu(beta=0.25).",
      discussion: "Default: SReLU in the paper's setting, else the config's last activation."))
  var subject: String?

  @Flag(help: "Prints the answer, tables and curves; writes nothing.")
  var terminal = false

  @Flag(help: "Writes event files for TensorBoard too, to tensorboard/ in the report.")
  var tensorboard = false

  @Flag(help: "Leaves the figures out, which take most of the time.")
  var noFigures = false

  @OptionGroup var ownership: FolderOptions

  @Flag(help: "Prints the tables as Markdown; writes nothing.")
  var markdown = false

  @Flag(help: "Prints the tables as JSON; writes nothing.")
  var json = false

  func validate() throws {
    guard !folders.isEmpty else { throw ValidationError("name a study's folder.") }
    guard [terminal, markdown, json].count(where: { $0 }) < 2 else {
      throw ValidationError("--terminal, --markdown and --json exclude each other.")
    }
    if terminal || markdown || json {
      let unused = [
        (tensorboard, "--tensorboard"), (outputDir != nil, "--output-dir"),
        (noFigures, "--no-figures"),
      ].filter(\.0).map(\.1)
      guard unused.isEmpty else {
        throw ValidationError(
          "\(unused.joined(separator: ", ")): only for a report that is written, without "
            + "--terminal, --markdown and --json.")
      }
    }
    guard subject == nil || !(markdown || json) else {
      throw ValidationError(
        "--subject: --markdown and --json print means alone, which have no subject; report.json in a "
          + "report that is written has the comparison.")
    }
  }

  func run() throws {
    let readers = folders.map { StudyReader(folder: $0) }
    for reader in readers { try reader.check() }
    if markdown || json {
      for reader in readers {
        let report = try reader.report(try reader.study())
        print(json ? try report.json() : report.markdown)
      }
      return
    }
    let studies = try readers.map { try $0.reported(subject: subject) }
    if terminal {
      for study in studies { print(TerminalReport(study, columns: Terminal.columns).text) }
      return
    }
    try write(studies)
  }

  private func write(_ studies: [ReportedStudy]) throws {
    let folder = outputDir ?? "\(folders[0])/report"
    if !ownership.allowForeignFolder {
      try StudyFolder.checkUser(of: outputDir ?? folders[0])
    }
    let page: String
    do {
      page = try ReportWriter(
        folder: folder, below: outputDir == nil ? folders[0] : nil, drawsFigures: !noFigures,
        writesEvents: tensorboard
      ).write(studies)
    } catch let error as CocoaError {
      throw CannotWriteReport(folder: folder, reason: error.localizedDescription)
    }
    for study in studies { print(study.answer.first ?? "") }
    print("report: \(page)")
    if tensorboard { print("TensorBoard: tensorboard --logdir \(folder)/tensorboard") }
  }
}

/// The report's folder can't be written.
struct CannotWriteReport: ReportableError {
  let folder: String
  let reason: String
  var description: String {
    "\(folder): cannot write the report: \(reason) Choose another folder with --output-dir."
  }
  var exitCode: Experiments.ExitCode { .cannotWrite }
}

/// The terminal behind standard output.
enum Terminal {
  /// Its columns; 100 where there is none.
  static var columns: Int {
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 100
  }

  /// Whether there is one.
  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }
}
