import Checks
import Glibc

extension Workplace {
  func checkReports() {
    let finished = finished
    writeImages()
    putFileInTheWay()
    check(
      "report", .done, "report: written/index.html",
      srelu("report", finished, "--no-figures", "--output-dir", "written", "--tensorboard"))
    for file in [
      "index.html", "report.json", "results.csv", "epochs.csv", "tables/trials.csv",
      "tables/trials.tex",
    ] {
      checks.expect("report: \(file)", size("written/\(file)") > 0, orElse: "missing or empty")
    }
    checks.expect(
      "report: TensorBoard",
      Files.all(path("written/tensorboard")).contains { $0.contains("tfevents") },
      orElse: "no files")
    check("report in the terminal", .done, "own × ffnn", srelu("report", finished, "--terminal"))
    check("report of no study", .usage, "images: no study there", srelu("report", "images"))
    check(
      "report on an activation that is not there", .usage, "it has relu",
      srelu("report", finished, "--subject", "gelu"))
    check(
      "report that cannot be written", .cannotWrite, "can't create the folder",
      srelu("report", finished, "--no-figures", "--output-dir", "in-the-way/report"))
    checkReportFlags()
    check("watch", .done, "1 done", srelu("watch", finished, "--once"))
    check(
      "watch where there is no study", .usage, "no study there",
      srelu("watch", "images", "--once"))
  }

  private func checkReportFlags() {
    let report = ["report", finished]
    check(
      "report in two ways", .usage, "exclude each other",
      srelu(report + ["--terminal", "--json"]))
    check(
      "report that is printed, with event files", .usage, "--tensorboard: only for a report",
      srelu(report + ["--markdown", "--tensorboard"]))
    check(
      "report that is printed, into a folder", .usage, "--output-dir: only for a report",
      srelu(report + ["--terminal", "--output-dir", "elsewhere"]))
    check(
      "subject of means", .usage, "--subject: --markdown prints means",
      srelu(report + ["--markdown", "--subject", "relu"]))
    check(
      "report in the terminal on an activation", .done, "own × ffnn",
      srelu(report + ["--terminal", "--subject", "relu"]))
  }

  /// No file of the user's is in the way of a report, and nothing of the last report stays.
  func checkReportPlaces() {
    let finished = finished
    let written = ["report", finished, "--no-figures", "--output-dir", "written"]
    _ = srelu(written + ["--tensorboard"]).run()
    checks.expect(
      "report with event files", exists("written/tensorboard"), orElse: "there are none")
    let printed = check(
      "report as JSON", .done, "\"schema\" : 1", srelu("report", finished, "--json"))
    checks.expect("report as JSON is the file", printed.text, text("written/report.json"))
    check(
      "report again", .done, "report: written/index.html", srelu(written))
    checks.expect(
      "report again: nothing of the last one", !exists("written/tensorboard"),
      orElse: "tensorboard is still there")
    Files.makeFolder(path("thesis/tables"))
    write("thesis/tables/results.tex", "mine")
    check(
      "report into a folder of other tables", .usage, "thesis/tables: it is in the report",
      srelu("report", finished, "--no-figures", "--output-dir", "thesis"))
    checks.expect(
      "report into a folder of other tables: they stay", "mine", text("thesis/tables/results.tex"))
    checks.expect(
      "report into a folder of other tables: nothing else", ["tables"], Files.names(path("thesis")))
    check(
      "report into the study's own folder", .usage, "finished/results.csv: it is in the report",
      srelu("report", finished, "--no-figures", "--output-dir", finished))
  }

  /// No program takes a folder's name for something to do.
  func checkFolderNames() {
    let finished = finished
    let hasGnuplot = isInPath("gnuplot")
    for called in [
      "|touch touched;", "`touch touched`", "$(touch touched)", "'|touch touched;", "\"x", "-e",
      "a\nb", "<touch touched",
    ] {
      let name = "report of \(called.debugDescription)"
      copy(finished, "./\(called)")
      remove("./\(called)/report")
      let outcome = check(name, .done, "report: ", srelu("report", "--", called))
      if hasGnuplot {
        let figures = "./\(called)/report/figures"
        checks.expect(
          "\(name): figures",
          Files.all(path(figures)).contains {
            $0.hasSuffix(".svg") && size("\(figures)/\($0)") > 0
          },
          orElse: outcome.text)
      }
      checks.expect("\(name): runs nothing", !exists("touched"), orElse: "it ran a command")
      remove("touched")
    }
    check(
      "report: a command to copy", .done,
      "tensorboard --logdir='./|touch touched;/report/tensorboard'",
      srelu("report", "|touch touched;", "--no-figures", "--tensorboard"))
  }

  /// gnuplot's settings of whoever runs it change no figure.
  func checkGnuplotSettings() {
    let finished = finished
    Files.makeFolder(path("home/.config/gnuplot"))
    for file in ["home/.gnuplot", "home/.config/gnuplot/gnuplotrc"] {
      write(file, "set border 31 lc rgb \"red\"\nset title \"mine\"\npause 600\n")
    }
    check(
      "report beside settings of gnuplot", .done, "report: settings/index.html",
      srelu("report", finished, "--output-dir", "settings").with([
        "HOME": path("home"), "XDG_CONFIG_HOME": path("home/.config"), "GNUTERM": "dumb",
        "GNUPLOT_LIB": path("home"),
      ]))
    check(
      "report without them", .done, "report: unset/index.html",
      srelu("report", finished, "--output-dir", "unset"))
    let name = "report beside settings of gnuplot: the same figures"
    guard isInPath("gnuplot") else { return checks.skipped(name, "gnuplot is not in PATH") }
    func figures(_ report: String) -> [String: [UInt8]] {
      let names = Files.names(path("\(report)/figures")).filter { $0.hasSuffix(".svg") }
      return Dictionary(uniqueKeysWithValues: names.map { ($0, bytes("\(report)/figures/\($0)")) })
    }
    let plain = figures("unset")
    checks.expect(
      name, !plain.isEmpty && plain == figures("settings"), orElse: "\(plain.count) figures differ")
  }

  func checkSeveralStudies() {
    let finished = finished
    let pictures = pictures
    check(
      "report of two studies", .done, "report: ./report-finished-pictures/index.html",
      srelu("report", finished, pictures, "--no-figures"))
    let taken = "is the place of the report of"
    check(
      "report of two studies in one's place", .usage, taken,
      srelu("report", finished, pictures, "--no-figures", "--output-dir", "\(finished)/report"))
    check(
      "report of a study in another's place", .usage, taken,
      srelu(
        "report", finished, "--no-figures", "--output-dir", "\(pictures)/../\(pictures)/report"))
  }

  func checkSearch() {
    write(
      "search.yaml",
      """
      name: search
      datasets: [\(Self.table)]
      architectures: [ffnn]
      activations: [srelu]
      training: {epochs: {own: 1}}
      search: {method: random, trials: 12, parameters: {activations.srelu.beta: {uniform: [0.01, 1]}}}

      """)
    let ended = check(
      "a search ends with its winner", .done, "own × ffnn: the best found is SReLU(β=",
      sweep("search.yaml", "--log-level", "quiet", output: "search"))
    checks.expect(
      "a search ends with its winner: and the ten best", 10,
      ended.lines.count { $0.hasPrefix("SReLU(") })
    let report = check(
      "report of a search", .done, "the best found is SReLU(β=",
      srelu("report", "search", "--no-figures"))
    checks.expect(
      "report of a search: the ten best", 10, report.lines.count { $0.hasPrefix("SReLU(") })
    checkLearningSearch()
  }

  /// A search that learns from results, killed in the middle.
  private func checkLearningSearch() {
    write(
      "learns.yaml",
      """
      name: learns
      datasets: [\(Self.table)]
      architectures: [ffnn]
      activations: [relu, srelu]
      training: {epochs: {own: 20}}
      search:
        method: tpe
        startup: 3
        trials: 9
        parameters: {activations.srelu.beta: {log-uniform: [0.01, 1]}}

      """)
    func proposals() -> [Substring] {
      text("learns/journal.jsonl").split(separator: "\n")
        .filter { $0.contains("\"event\":\"proposed\"") }
        .compactMap { line in line.firstRange(of: "\"values\":").map { line[$0.lowerBound...] } }
        .map { $0.prefix { $0 != "}" } }
    }
    check(
      "plan of a learning search", .done, "9 more trials depend on results",
      srelu("plan", "learns.yaml"))
    let study = srelu("sweep", "learns.yaml", "--log-level", "quiet", "--output-dir", "learns")
      .writing(to: .file(path("learns.log"))).start()
    awaited(every: .milliseconds(5)) { proposals().count > 3 || !study.isAlive }
    study.signal(SIGKILL)
    checks.expect("a learning search is killed", 128 + SIGKILL, study.outcome().status)
    let before = proposals()
    check(
      "status of a killed learning search", .interrupted,
      "the search has proposed \(before.count) of 9 configurations", srelu("status", "learns"))
    check(
      "report of a killed learning search", .done, "of 10 trials have ended",
      srelu("report", "learns", "--no-figures"))
    check(
      "a learning search resumes", .done, "own × ffnn: the best found is",
      sweep("learns.yaml", "--log-level", "quiet", output: "learns"))
    let after = proposals()
    checks.expect(
      "a learning search resumes: with its proposals", before, Array(after.prefix(before.count)))
    checks.expect("a learning search proposes what was asked for", 9, Set(after).count)
    checks.expect(
      "a learning search trains each once", 10, Files.names(path("learns/trials")).count)
    check("status of a learning search", .done, "10 done", srelu("status", "learns"))
  }
}
