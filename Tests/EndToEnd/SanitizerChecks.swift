import Checks
import FoundationEssentials
import Support

/// Kernels, parsers and the threads of a study under the compiler's sanitizers. The flags to build with come from
/// launch/sanitizers.sh.
struct SanitizerChecks {
  private let place: Workplace
  private var checks: Checks { place.checks }

  init(_ place: Workplace) { self.place = place }

  func run() {
    if let flags = flags("--address") {
      test(
        "address",
        "NeuralNetTests|CounterRandomTests|DatasetsTests|ExperimentsTests|DataParallelTests", flags)
      fuzz()
    }
    if let flags = flags("--thread") { test("thread", "CoordinatorTests|DataParallelTests", flags) }
  }

  private func flags(_ part: String) -> [String]? {
    place.settings[part]?.split(separator: " ").map(String.init)
  }

  private func command(_ words: [String]) -> Command {
    Command(words, in: place.repository).within(.seconds(4 * 3600))
  }

  /// The unit tests of these targets, built with the flags. What a sanitizer says counts, whatever the tests make
  /// of it.
  private func test(_ name: String, _ targets: String, _ flags: [String]) {
    let built = command(["swift", "build"] + flags + ["--build-tests"])
      .writing(to: .descriptor(2), errors: .descriptor(2)).run()
    guard built.status == 0 else {
      return checks.failed(
        name, "the build failed: the compiler says why above (some toolchains lack sanitizers)")
    }
    // The simulated studies have one thread and no memory of their own, and would take hours.
    let outcome = command(
      ["swift", "test"] + flags + [
        "--skip-build", "--disable-xctest", "--filter", "^(\(targets))\\.", "--skip",
        "SimulationTests",
      ]
    ).run()
    checks.expect("\(name): exit status", 0, outcome.status)
    if outcome.status != 0 { say(outcome.lines.suffix(40).joined(separator: "\n")) }
    checks.expect(
      "\(name): tests were run", 1,
      outcome.lines.count { $0.contains(/Test run with [1-9][0-9]* tests/) })
    expectNothingFound(name, outcome)
  }

  private func fuzz() {
    let outcome = command([
      "launch/fuzz", "--sanitize", "--inputs", place.settings["--inputs"] ?? "60000",
    ]).run()
    checks.take("parsers", outcome)
    expectNothingFound("parsers", outcome)
  }

  private func expectNothingFound(_ name: String, _ outcome: Outcome) {
    let finding = /runtime error:|(Address|Thread|UndefinedBehavior)Sanitizer:/
    let first = outcome.lines.firstIndex { $0.contains(finding) }
    if let first { say(outcome.lines[first...].prefix(120).joined(separator: "\n")) }
    checks.expect("\(name): nothing found", first == nil, orElse: "the sanitizer says why above")
  }
}
