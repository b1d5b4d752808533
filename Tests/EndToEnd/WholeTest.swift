import Checks
import FoundationEssentials
import Support

/// Every check there is, in the order of what is quickest to put right. Each part runs even if one before it
/// failed.
struct WholeTest {
  private let place: Workplace
  private var checks: Checks { place.checks }
  private var repository: String { place.repository }

  init(_ place: Workplace) { self.place = place }

  func run() {
    section("format")
    checks.expect(
      "format lint",
      follow(
        ["swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift"])
        == 0,
      orElse: "swift format --in-place --recursive Sources Tests Package.swift helps")
    section("documentation")
    checkDocumentation()
    section("build")
    let isBuilt = build()
    checks.expect("build", isBuilt, orElse: "the parts below need it and are not run")
    if isBuilt {
      section("data")
      for name in ["mnist", "fashion-mnist", "wdbc"] {
        // What can't be had, the tests that need it skip.
        _ = follow(["\(place.products)/srelu", "data", "fetch", name])
      }
      section("unit tests")
      checkUnitTests()
      for (name, words) in suites {
        section(name)
        checks.take(name, command(words).run())
      }
    }
    section("result")
  }

  private var suites: [(String, [String])] {
    let noInstall = place.settings["--install"] == "no" ? ["--no-install"] : []
    func suite(_ name: String) -> [String] {
      ["\(place.products)/endtoend", name, "--repository", repository]
    }
    return [
      ("several ranks", suite("ranks")),
      ("launchers", suite("launchers")),
      ("command line", suite("cli")),
      ("extremes", suite("extremes")),
      ("studies", suite("studies")),
      ("fuzzed parsers", ["launch/fuzz", "--inputs", "60000"]),
      ("torture", ["\(place.products)/torture", "--repository", repository]),
      ("across hosts", ["launch/test-hosts"] + noInstall),
      ("under Slurm", ["launch/test-slurm"] + noInstall),
    ]
  }

  private func section(_ name: String) { say("\n== \(name) ==") }

  /// A part, called in the repository, which may take its time, and to clean up.
  private func command(_ words: [String]) -> Command {
    var command = Command(words, in: repository)
    command.deadline = .seconds(4 * 3600)
    command.patience = .seconds(30)
    return command
  }

  /// Runs a command whose words are seen at once.
  private func follow(_ words: [String]) -> Int32 {
    command(words).writing(to: .descriptor(1), errors: .descriptor(2)).run().status
  }

  /// The articles build, and what they link to is there.
  private func checkDocumentation() {
    let swift = command(["sh", "-c", "readlink -f -- \"$(command -v swift)\""]).run().lines.joined()
    let docc = swift.prefix(upTo: swift.lastIndex(of: "/") ?? swift.startIndex) + "/docc"
    guard command(["test", "-x", String(docc)]).run().status == 0 else {
      return checks.skipped("documentation", "\(docc) is missing")
    }
    let status = follow([
      String(docc), "convert", "\(repository)/Sources/srelu/srelu.docc", "--fallback-display-name",
      "srelu", "--fallback-bundle-identifier", "srelu", "--output-path",
      place.path("documentation"), "--warnings-as-errors",
    ])
    checks.expect("documentation", status == 0, orElse: "docc says why above")
  }

  /// As the launchers build the program, with their stamp: a run of theirs among the checks builds nothing.
  private func build() -> Bool {
    let program = "set -euo pipefail; source launch/common.sh; build_program"
    return follow(["bash", "-c", program, "launch/test"]) == 0
      && follow(["swift", "build", "-c", "release"]) == 0
      && follow(["swift", "build", "-c", "release", "--build-tests"]) == 0
  }

  private func checkUnitTests() {
    let environment = ProcessInfo.processInfo.environment
    let temporary = place.path("temporary")
    Files.makeFolder(temporary)
    var variables: [String: String?] = ["TMPDIR": temporary]
    // A TENSORBOARD_PYTHON from outside stands.
    let python = environment["SRELU_PYTHON"] ?? "python3"
    if (environment["TENSORBOARD_PYTHON"] ?? "").isEmpty,
      command([python, "-c", "import tensorboard"]).run().status == 0
    {
      variables["TENSORBOARD_PYTHON"] = command(["sh", "-c", "command -v -- \"$1\"", "sh", python])
        .run().lines.joined()
    }
    let (report, log) = (place.path("unit.xml"), place.path("unit.log"))
    let tests = command([
      "bash", "-c", "set -o pipefail; \"$@\" 2>&1 | tee -- \"$0\"", log, "swift", "test", "-c",
      "release", "--skip-build", "--disable-xctest", "--xunit-output", report,
    ]).with(variables).writing(to: .descriptor(1), errors: .descriptor(2)).run()
    // Locks and folders so called are the package manager's, and Open MPI's, whose processes without mpirun leave
    // an empty one.
    let left = Files.names(temporary).filter {
      !$0.hasSuffix(".lock") && !$0.hasPrefix("TemporaryDirectory.") && !$0.hasPrefix("ompi.")
    }
    checks.expect("unit tests: nothing left in the folder for temporary files", [], left)
    // Some versions put Swift Testing's report beside the name we gave.
    let reports = [report, place.path("unit-swift-testing.xml")].filter(Files.exists)
    guard let found = reports.first else {
      return checks.failed(
        "unit tests", "they ended with status \(tests.status) before they could report")
    }
    take(UnitTestReport(xunit: Files.text(found), log: Files.text(log)), tests.status)
  }

  private func take(_ report: UnitTestReport, _ status: Int32) {
    checks.count(passed: report.total - report.failed - report.skipped, failed: report.failed)
    if report.total == 0 { checks.failed("unit tests", "not one was found") }
    if status != 0 && report.failed == 0 {
      checks.failed("unit tests", "they ended with status \(status)")
    }
    for skip in report.skips { checks.skipped("unit test \(skip.name)", skip.why) }
    checks.expect(
      "unit tests: those that were skipped are named", report.skipped, report.skips.count)
    say("\(report.total) unit tests, \(report.failed) failed")
  }
}
