import ArgumentParser
import Reports
import Storage
import Support

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a study's report and prints its answer, also while the study runs.",
    discussion: """
      The report is <run>/report/index.html: the answer with its statistics, a verdict on each of the \
      paper's claims, tables (also as CSV and LaTeX) and figures. Given several runs, one report shows \
      them side by side: report-<run>-<run>/index.html, next to the first run.
      """)

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The report's folder (default: report/ in the run; for several runs, report-<run>-<run>/).",
      discussion: "A report in it is replaced; files that no report wrote are never touched."))
  var outputDir: String?

  @Option(
    help: ArgumentHelp(
      "The activation to compare with all others, such as srelu(beta=0.25).",
      discussion: "Default: SReLU in the paper's setting, else the config's last activation."))
  var subject: String?

  @Flag(help: "Print the answer, tables and curves; write nothing.")
  var terminal = false

  @Flag(help: "Also write event files for TensorBoard, to tensorboard/ in the report.")
  var tensorboard = false

  @Flag(help: "Leave out the figures, which take most of the time.")
  var noFigures = false

  @OptionGroup var ownership: FolderOptions

  @Flag(help: "Print the tables as Markdown; write nothing.")
  var markdown = false

  @Flag(help: "Print report.json (answer, tests and means); write nothing.")
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
    guard subject == nil || !markdown else {
      throw ValidationError(
        "--subject: --markdown prints means alone, which have no subject; --json and a report that is "
          + "written have the comparison.")
    }
  }

  func run() throws {
    let readers = folders.map { StudyReader(folder: $0) }
    for reader in readers { try reader.check() }
    if markdown {
      for reader in readers {
        let results = try reader.results(try reader.study(), try reader.state())
        try Output.line(StudyReport(results).markdown)
      }
      return
    }
    let studies = try readers.map { try $0.reported(subject: subject) }
    if json {
      for study in studies { try Output.write(try ReportJSON.text(study)) }
      return
    }
    if terminal {
      for study in studies {
        try Output.line(TerminalReport(study, columns: Terminal.columns).text)
      }
      return
    }
    try write(studies)
  }

  private func write(_ studies: [ReportedStudy]) throws {
    let folder = outputDir ?? ReportPlace.folder(of: folders)
    try ReportPlace.check(folder, for: folders)
    if !ownership.allowForeignFolder { try StudyFolder.checkUser(of: outputDir ?? folders[0]) }
    let page = try ReportWriter(
      folder: folder, below: outputDir == nil ? folders[0] : nil, drawsFigures: !noFigures,
      writesEvents: tensorboard
    ).write(studies)
    for study in studies { try Output.line(study.summary) }
    try Output.line("report: \(page.onOneLine)")
    if tensorboard {
      let logs = ShellText.path("\(folder)/tensorboard")
      try Output.line("TensorBoard: tensorboard --logdir=\(logs)")
    }
  }
}
