import Checks
import Support

/// What launchers pass on, and what they say where it can't be written.
extension PretendedRepository {
  /// What the program writes, as mpirun passes it on: bytes, the last line without an end.
  private var words: String { "\(scratch)/words" }

  private func writeWords() {
    Files.write(
      words,
      Array("one\n\0two".utf8) + [255, 10] + [UInt8](repeating: 32, count: 199_999)
        + Array("x\nlast".utf8))
  }

  func checkOutput() {
    writeWords()
    for arguments in [["s.yaml"], ["plan", "s.yaml"], ["--no-report", "s.yaml"]] {
      let name = arguments.joined(separator: " ")
      let command = local(arguments).with(["WORDS": words])
      let written = "\(scratch)/written"
      launch(
        "\(name), to a file", .done, "", command.writing(to: .file(written), errors: .collected))
      expect(
        "\(name), to a file: all of it", Files.bytes(words) == Files.bytes(written),
        orElse: "\(Files.size(written) ?? 0) other bytes")
      launch(
        "\(name), to a full disk", .cannotWrite,
        "local: standard output can't be written: No space", onFullDisk(command))
      silent("\(name), to a full disk: in words of our own", /cat:|line [0-9]+:/)
      launch(
        "\(name), closed", .cannotWrite, "local: standard output can't be written: it is closed",
        command.writing(to: .closed, errors: .collected))
      expect("\(name), closed: nothing is started", false, exists("called"))
    }
    let study = local("s.yaml").with(["WORDS": words])
    // There bash leaves without a word at an error of a builtin.
    launch(
      "closed, in POSIX mode", .cannotWrite,
      "local: standard output can't be written: it is closed",
      local("s.yaml").with(["POSIXLY_CORRECT": "1"]).writing(to: .closed, errors: .collected))
    launch(
      "a full disk, and a report", .cannotWrite, "the program: report", onFullDisk(study))
    launch(
      "a full disk, and a status of the command's own", .usage, "can't be written",
      onFullDisk(
        local("plan", "s.yaml").with(["STATUS": "64", "HOW": "refuses", "WORDS": words])))
    launch(
      "nothing to write, to a full disk", .done, "", onFullDisk(local("plan", "s.yaml")))
    checkReaders(study)
    for name in ["local", "hosts", "run", "slurm"] { checkHelp(name) }
  }

  private func onFullDisk(_ command: Command) -> Command {
    command.writing(to: .file("/dev/full"), errors: .collected)
  }

  private func checkReaders(_ study: Command) {
    launch(
      "a reader that left", .done, "ended with \(ExitCode.cannotWrite.rawValue)",
      piped("{ \"$@\" || echo \"ended with $?\" >&2; } | head -n 1", study))
    expect(
      "a reader that left: the report is written", 1,
      said.split(separator: "\n").count { $0.contains("the program: report") })
    silent("a reader that left: nothing is said", /can't be written|Broken pipe/)
    // The last of it is written after mpirun has left, and all of it before the launcher has.
    // (Of so much mpirun gets rid without a reader: it lies in two pipes and in what copies from one to the other.)
    let fewer = "\(scratch)/fewer"
    Files.write(fewer, Array((Files.bytes(words) ?? []).prefix(150_000)))
    let sum = Command(["sh", "-c", "sha256sum <\"$1\"", "sh", fewer]).run().text
    launch(
      "a reader that takes its time", .done, sum,
      piped(
        """
        { "$@" && : >"$SCRATCH/ended"; } 2>/dev/null | {
          /bin/sleep 2
          if [[ -e $SCRATCH/ended ]]; then echo early; fi
          sha256sum; }
        """, local("--no-report", "s.yaml").with(["WORDS": fewer])))
    silent("a reader that takes its time: the launcher waits", /early/)
    // What is written comes through while the program still runs.
    launch(
      "a line at once", .done, "came: one",
      piped(
        """
        "$@" | { read -r line && echo "came: $line" && echo >"$SCRATCH/read"
          cat >/dev/null; }
        """, local("plan", "s.yaml").with(["WORDS": words, "HOW": "awaits"])))
    expect("a line at once: before the end", "yes\n", text("in-time"))
  }

  private func checkHelp(_ name: String) {
    let help = launcher(name, ["--help"])
    launch(
      "\(name) --help, to a full disk", .cannotWrite,
      "\(name): standard output can't be written: No space", onFullDisk(help))
    silent("\(name) --help, to a full disk: in words of our own", /cat:|line [0-9]+:/)
    launch(
      "\(name) --help, closed", .cannotWrite,
      "\(name): standard output can't be written: it is closed",
      help.writing(to: .closed, errors: .collected))
    launch("\(name) --help", .done, "Exit codes: 0 done", help)
  }

  /// What can't be said on standard error changes nothing.
  func checkErrors() {
    writeWords()
    write(
      "many",
      (0..<3000).map { "a line that the program says, and another one, number \($0)\n" }.joined())
    func talkative(_ words: [String]) -> Command {
      local(words).with(["WORDS": self.words, "PAGES": "\(scratch)/many"])
    }
    for (name, sink) in [("/dev/full", Command.Sink.file("/dev/full")), ("-", .closed)] {
      Files.remove("\(scratch)/reported")
      for arguments in [["s.yaml"], ["plan", "s.yaml"]] {
        launch(
          "\(arguments.joined(separator: " ")), errors to \(name)", .done, "last",
          talkative(arguments).writing(to: .collected, errors: sink))
      }
      expect("errors to \(name): the report is written", "yes\n", text("reported"))
      launch(
        "a wrong flag, errors to \(name)", .usage, "",
        local("--ranks", "x", "s.yaml").writing(to: .collected, errors: sink))
    }
    launch(
      "a reader of errors that left", .done, "last",
      piped(
        "{ { \"$@\" 2>&1 >&3 || echo \"ended with $?\" >&3; } | head -n 1 >/dev/null; } 3>&1",
        talkative(["s.yaml"])))
    silent("a reader of errors that left: ends as it would", /ended with/)
    var study = local("s.yaml")
    study.input = .closed
    launch("no standard input", .done, "the program: report", study)
  }
}
