import Checks
import Support

/// Output that can't be written.
extension Workplace {
  /// 73 with a reason where standard output is full or closed, and 73 without a word where its reader has gone.
  private func unwritable(_ name: String, _ command: Command, before: () -> Void = {}) {
    let cases: [(name: String, sink: Command.Sink, text: String)] = [
      ("full", .file("/dev/full"), "standard output can't be written: No space left"),
      ("closed", .closed, "standard output can't be written: it is closed"),
      ("without a reader", .withoutReader, ""),
    ]
    for one in cases {
      before()
      let outcome = command.writing(to: one.sink, errors: .collected).run()
      let isSaid = one.text.isEmpty ? outcome.errors.isEmpty : outcome.errors.contains(one.text)
      checks.expect(
        "\(name): \(one.name)", outcome.status == ExitCode.cannotWrite.rawValue && isSaid,
        orElse: "exit \(outcome.status): \(outcome.errors)")
    }
  }

  func checkUnwritableOutput() {
    let done = extremeStudyDone()
    let model = trial(of: done)
    unwritable("--version", srelu("--version"))
    unwritable("help", srelu("help"))
    unwritable("help of a command", srelu("sweep", "--help"))
    unwritable("completions", srelu("--generate-completion-script", "bash"))
    for line in [
      "plan extreme.yaml", "plan extreme.yaml --json", "status done", "status done --json",
      "report done --json", "report done --markdown", "report done --terminal",
      "report done --no-figures", "watch done --once", "serve done", "predict \(model)",
      "predict \(model) --json", "data check wdbc", "doctor", "doctor --json",
      "bench step --steps 1 --batch-size 8 --json",
    ] {
      // A check of data that isn't there has its own code, but for the output.
      unwritable(line, srelu(line.split(separator: " ").map(String.init)))
    }
  }

  /// A study goes on, and is whole.
  func checkStudiesWithoutOutput() {
    _ = extremeStudyDone()
    for flags in [[], ["--log-level", "quiet"], ["--json"]] {
      let name = "sweep \(flags.joined(separator: " "))"
      unwritable(name, srelu(["sweep", "extreme.yaml", "--output-dir", "full"] + flags)) {
        remove("full")
      }
      check("\(name): all is done all the same", .done, "1 done", srelu("status", "full"))
    }
    unwritable(
      "train",
      srelu(
        "train", "--output-dir", "trained", "--set",
        "datasets=[{name: own, csv: \(path("table.csv")), label: kind}]", "--epochs", "1")
    ) { remove("trained") }
    check("train: all is done all the same", .done, "1 done", srelu("status", "trained"))

    // A closed descriptor isn't given to a file: nothing but JSON is in the journal.
    remove("full")
    var closed = srelu("sweep", "extreme.yaml", "--output-dir", "full").writing(to: .closed)
    closed.input = .closed
    _ = closed.run()
    let lines = text("full/journal.jsonl").split(separator: "\n")
    checks.expect(
      "nothing closed: the journal is whole",
      !lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") },
      orElse: "\(lines)")
  }
}
