import Checks
import Glibc
import Support

/// What needs several ranks and none of the program's commands: the probes of Tests/MultiRank.
extension Workplace {
  /// A probe on so many ranks, ended after so many seconds.
  private func probe(_ name: String, on count: Int, within seconds: Int) -> Command {
    ranks(count, ["--timeout", "\(seconds)", "\(products)/multirank", name])
      .within(.seconds(seconds + 30))
  }

  func checkCounting() {
    let counted = Checks(isSilent: true)
    for (name, status, text) in [
      ("one", 0, "ok a\nSKIPPED b: no c\n3 passed, 0 failed, 1 skipped\n"),
      ("two", 1, "FAILED f: g\n2 passed, 1 failed\n"),
      ("three", 0, "SKIPPED d: no e\n4 passed, 0 failed\n"), ("four", 0, "0 passed, 0 failed\n"),
      ("five", 1, "6 passed, 0 failed\n"), ("six", 0, "no count\n"),
    ] as [(String, Int32, String)] {
      counted.take(name, Outcome(status: status, text: text, errors: ""))
    }
    checks.expect(
      "counting of checks",
      ["SKIPPED b: no c", "SKIPPED d: no e", "15 passed, 5 failed, 2 skipped"],
      counted.summary)
    checkUnitTestReport()
  }

  /// A test with two issues failed once.
  private func checkUnitTestReport() {
    let report = UnitTestReport(
      xunit: """
        <testsuite name="T" errors="0" tests="4" failures="2" skipped="1">
        <testcase classname="T" name="a()" time="1"></testcase>
        <testcase classname="T" name="b()" time="1"><failure message="x"></failure>
        <failure message="y"></failure></testcase>
        <testcase classname="T" name="c()"><skipped></skipped></testcase>
        <testcase classname="T" name="d()" time="1" />
        </testsuite>
        """,
      log: "􀟈  Test c() started.\n✘ Test c() skipped: \"no \"c\" here\"\n➜ Test e() skipped.\n")
    checks.expect(
      "counting of unit tests", [4, 1, 1], [report.total, report.failed, report.skipped])
    checks.expect(
      "naming of unit tests", ["c(): no \"c\" here", "e(): "],
      report.skips.map { "\($0.name): \($0.why)" })
  }

  func checkProbes() {
    for count in [1, 2, 3, 4, 8] {
      checks.take("multirank on \(count) ranks", probe("run", on: count, within: 300).run())
    }
  }

  /// A suite that cannot fail proves nothing: these must, must name a rank, and must not hang.
  func checkFaults() {
    for fault in ["must-fail", "must-abort"] {
      let outcome = probe(fault, on: 3, within: 60).run()
      // How mpirun ends what hangs: the first with Open MPI 4, the second with 5.
      let hung: [Int32] = [110, 241, 124]
      checks.expect(
        "multirank \(fault)",
        outcome.status != 0 && !hung.contains(outcome.status)
          && outcome.text.contains(/\b[Rr]ank [0-9]+/),
        orElse: "exit \(outcome.status), and a rank is to be named: \(outcome.text)")
    }
    // An error of MPI's own leaves with its text, whatever else is on its way then.
    let name = "multirank must-abort-with-messages"
    let aborted = aborted("must-abort-with-messages", within: 60)
    checks.expect("\(name): exit status", ExitCode.bug.rawValue, aborted.status)
    checks.expect(
      "\(name): says what MPI says", 1,
      aborted.lines.count { $0.contains(/rank 2 of 3: MPI_Test: .*truncated/) })
    checkSmallMemory()
  }

  /// Containers have 64 MB of shared memory unless they are given more.
  private func checkSmallMemory() {
    guard command(["unshare", "-m", "true"]).run().status == 0 else {
      return checks.skipped("small shared memory", "it takes a mount namespace, and so root")
    }
    let outcome = probe("small-memory", on: 3, within: 60).behind(
      "unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64m tmpfs /dev/shm && exec \"$@\"", "-"
    ).run()
    checks.expect("multirank small-memory: exit status", outcome.status == 0, orElse: outcome.text)
  }

  /// A rank that gets stuck is named, and what the job has come to by then is what it ends with.
  func checkStalls() {
    // Where no trial is trained.
    for place in ["loading", "broadcast", "closing", "finalize"] {
      let code: ExitCode =
        place == "closing" || place == "finalize" ? .someTrialsFailed : .interrupted
      checkStall(place, code, named: [1])
    }
    // Before or inside what the others wait in.
    for place in ["loop", "collective"] { checkStall(place, .interrupted, named: [1]) }
    // One that is stuck where the others wait, and as awake as they are, can't be told from them.
    let spin = checkStall("spin", .interrupted, named: [0, 1, 2])
    checks.expect(
      "multirank must-stall-spin: says that one of them is stuck", 1,
      spin.lines.count { $0.contains("ranks 0, 1, 2 wait for each other: one of them is stuck") })
  }

  /// Whether mpirun has crashed or hung after the job had aborted, which that of Open MPI 4.1 sometimes does.
  private func losesStatus(_ outcome: Outcome) -> Bool {
    outcome.text.contains("MPI_ABORT was invoked")
      && (outcome.text.contains("PMIx_server_finalize") || [110, 124].contains(outcome.status))
  }

  /// What a probe on three ranks said that ends in an abort, from a run whose status mpirun has kept.
  private func aborted(_ name: String, within seconds: Int) -> Outcome {
    var outcome = probe(name, on: 3, within: seconds).run()
    for _ in 0..<4 where losesStatus(outcome) {
      outcome = probe(name, on: 3, within: seconds).run()
    }
    return outcome
  }

  @discardableResult
  private func checkStall(_ place: String, _ code: ExitCode, named: [Int]) -> Outcome {
    let name = "multirank must-stall-\(place)"
    let outcome = aborted("must-stall-\(place)", within: 90)
    checks.expect("\(name): exit status", code.rawValue, outcome.status)
    let found = outcome.text.matches(of: /rank ([0-9]+) on here makes no progress/)
    checks.expect("\(name): names \(named)", named, found.compactMap { Int($0.1) }.sorted())
    return outcome
  }

  func checkSlowMachines() {
    // A host that is stopped as a whole can't say so itself.
    let lost = aborted("must-lose-host", within: 90)
    checks.expect(
      "multirank must-lose-host: exit status", ExitCode.interrupted.rawValue, lost.status)
    for text in ["there, with rank 2, hasn't been heard from for", "17 gradients"] {
      checks.expect(
        "multirank must-lose-host: says '\(text)'", 1, lost.lines.count { $0.contains(text) })
    }
    // Waiting for a disk is no stall, neither of the coordinator nor of the groups that wait for it.
    let slow = probe("slow-disk", on: 3, within: 90).run()
    checks.expect("multirank slow-disk: exit status", slow.status == 0, orElse: slow.text)
  }
}
