import Checks
import Glibc
import Support

extension Workplace {
  private static let goOn =
    "srelu: interrupted with 1 trial left; run the same command again to resume"

  /// A study that won't end by itself.
  private func endlessStudy() { study(training: "epochs: {own: 1000000}") }

  func checkRunningStudy() {
    endlessStudy()
    let sweep = srelu("sweep", "study.yaml", "--log-level", "quiet", "--output-dir", "busy")
      .writing(to: .file(path("busy.log")))
    var study = sweep.start()
    awaited { size("busy/journal.jsonl") > 0 || !study.isAlive }
    checkOnce(
      "folder in use", .environment,
      "process \(study.process), is running a study in this folder",
      self.sweep("study.yaml", "--log-level", "quiet", output: "busy"))
    check(
      "status of a study that runs", .interrupted, "1 running", srelu("status", "busy"))
    check("watch a study that runs", .done, "1 running", srelu("watch", "busy", "--once"))
    study.signal(SIGTERM)
    checks.expect("interrupted", ExitCode.interrupted.rawValue, study.outcome().status)
    checks.expect("interrupted: what is left, and no table", Self.goOn + "\n", text("busy.log"))
    checkInterruptedRanks()

    // Nobody could say goodbye for a killed one.
    study = sweep.start()
    awaited { srelu("status", "busy").run().text.contains("1 running") || !study.isAlive }
    check(
      "status of a study that runs again", .interrupted, "1 running", srelu("status", "busy"))
    study.signal(SIGKILL)
    checks.expect("a killed study", 128 + SIGKILL, study.outcome().status)
    let killed = check(
      "status of a killed study", .interrupted, "0 running, 1 waiting", srelu("status", "busy"))
    checks.expect(
      "status of a killed study: says so", killed.text.contains("the last run was cut off"),
      orElse: killed.text)
    check(
      "status of a killed study as JSON", .interrupted, "\"was_cut_off\" : true",
      srelu("status", "--json", "busy"))
    check("watch a killed study", .done, "not running now", srelu("watch", "busy", "--once"))
  }

  /// mpirun kills its ranks a second after a SIGINT, and reads what they wrote only then.
  private func checkInterruptedRanks() {
    let study = sweep(
      "study.yaml", "--log-level", "quiet", "--ranks-per-trial", "2", output: "hurried"
    ).writing(to: .file(path("hurried.log"))).start()
    awaited { text("hurried/journal.jsonl").contains("\"event\":\"epoch\"") || !study.isAlive }
    study.signal(SIGINT)
    checks.expect("interrupted under mpirun: ends", false, study.outcome().status == 124)
    let said = text("hurried.log").split(separator: "\n")
    let name = "interrupted under mpirun: what is left"
    if command(["mpirun", "--version"]).run().text.contains(/Open MPI\)? v?5\./) {
      checks.skipped(
        name, "Open MPI 5's mpirun drops what its ranks say after a Ctrl-C; the launchers say it")
    } else {
      checks.expect(name, 1, said.count { $0.hasPrefix(Self.goOn) })
    }
    checks.expect(
      "interrupted under mpirun: no table", 0, said.count { $0.contains("accuracy") })
  }

  /// What is learned is written down after every epoch, once, also by a study that was interrupted.
  func checkLearnedParameters() {
    // Enough that the first trial is still under way when the signal comes: 800 took 0.1 s.
    let epochs = 3000
    study(
      architecture: "{ffnn: {hidden: [16, 12]}}",
      activation: "prelu, s: {formula: x * sigmoid(b * x) + a, "
        + "b: {learned: per-network, initial: 1}, a: {learned: per-unit, initial: 0}}, relu",
      training: "epochs: {own: \(epochs)}, batch-size: 8")
    checkLearnedParameters("one rank", epochs: epochs) { folder in
      srelu("sweep", "study.yaml", "--output-dir", folder)
    }
    checkLearnedParameters("two ranks", epochs: epochs) { folder in
      sweep("study.yaml", "--ranks-per-trial", "2", output: folder)
    }
  }

  private func checkLearnedParameters(
    _ name: String, epochs: Int, _ sweep: (_ folder: String) -> Command
  ) {
    for folder in ["whole", "parted"] { remove(folder) }
    let name = "learned parameters on \(name)"
    check(name, .done, "Best accuracy", sweep("whole"))
    let parted = sweep("parted").writing(to: .file(path("parted.log"))).start()
    awaited { text("parted/journal.jsonl").contains("\"event\":\"epoch\"") || !parted.isAlive }
    parted.signal(SIGTERM)
    _ = parted.outcome()
    check("\(name): interrupted", .interrupted, "0 done", srelu("status", "parted"))
    check("\(name): resumed", .done, "Best accuracy", sweep("parted"))
    var found: [String] = []
    for trial in Files.names(path("whole/trials")) {
      let file = "trials/\(trial)/parameters.csv"
      guard exists("whole/\(file)") else {
        checks.expect("\(name): no file either", false, exists("parted/\(file)"))
        continue
      }
      let lines = text("whole/\(file)").split(separator: "\n").map(String.init)
      checks.expect("\(name): head", "epoch,layer,parameter,mean,minimum,maximum", lines.first)
      checks.expect(
        "\(name): the same after an interruption", true,
        text("whole/\(file)") == text("parted/\(file)"))
      let rows = lines.dropFirst().map { $0.split(separator: ",").prefix(3).joined(separator: " ") }
      let parts = rows.prefix { $0.hasPrefix("1 ") }.map { $0.dropFirst(2) }
      checks.expect(
        "\(name): a row for each epoch, layer and parameter", true,
        rows == (1...epochs).flatMap { epoch in parts.map { "\(epoch) \($0)" } })
      found.append(parts.sorted().joined(separator: ", "))
    }
    checks.expect(
      "\(name): what is learned", ["fc1 a, fc2 a, network b", "fc1 slope, fc2 slope"],
      found.sorted())
  }

  /// A signal that comes while there is no study yet, as soon as the program takes it, ends it as one that
  /// comes later does.
  func checkEarlySignals() {
    study()
    for (name, signal) in [("SIGTERM", SIGTERM), ("SIGUSR1", SIGUSR1), ("SIGINT", SIGINT)] {
      let sweep = srelu("sweep", "study.yaml", "--output-dir", "early")
        .writing(to: .file(path("early.log"))).start()
      awaited(every: .milliseconds(5)) { sweep.catches(signal) || !sweep.isAlive }
      sweep.signal(signal)
      checks.expect(
        "\(name) before the study", ExitCode.interrupted.rawValue, sweep.outcome().status)
      let said = text("early.log")
      checks.expect(
        "\(name) before the study: says so", 1,
        said.split(separator: "\n").count {
          $0.contains("srelu: interrupted before the study began; run the same command")
        })
      checkNothingWritten("\(name) before the study", "early")
    }
  }

  /// A second SIGINT ends a process that can't come to its end: its words go into a pipe that is full but for a
  /// page, and nobody reads.
  func checkSecondSignal() {
    study(training: "epochs: {own: 200}")
    let pipe = NarrowPipe(room: 4096)
    let study = pipe.start(
      srelu("sweep", "study.yaml", "--output-dir", "stuck"), errors: .file(path("stuck.log")))
    // Two seconds without a word in its journal.
    var (size, same) = (0, 0)
    awaited {
      let now = self.size("stuck/journal.jsonl")
      same = now > 0 && now == size ? same + 1 : 0
      size = now
      return same == 20
    }
    study.signal(SIGINT)
    pauseFor(.milliseconds(500))
    checks.expect(
      "after one SIGINT it waits for its reader", study.isAlive, orElse: "it has ended")
    study.signal(SIGINT)
    checks.expect(
      "after a second SIGINT it is gone", ExitCode.interrupted.rawValue, study.outcome().status)
    let last = text("stuck/journal.jsonl").split(separator: "\n").last ?? ""
    checks.expect(
      "after a second SIGINT the journal is as a crash leaves it",
      !last.isEmpty && !last.contains("\"event\":\"closed\""), orElse: "it ends with \(last)")
  }

  // MARK: - A reader that takes its time

  /// Whoever reads the result of a study from a pager may take his time; awaited at the end. The pipe is full,
  /// so the study's last words wait.
  func beginSlowReader() {
    study(name: "pager", file: "pager.yaml")
    let pipe = NarrowPipe(room: 0)
    let study = pipe.start(
      srelu("sweep", "pager.yaml", "--log-level", "quiet", "--output-dir", "paged"),
      errors: .file(path("paged.log")))
    slowReader = (study, pipe)
  }

  func endSlowReader() {
    guard let (study, pipe) = slowReader else { return }
    let journal = path("paged/journal.jsonl")
    checks.expect(
      "a reader that takes its time: the study has closed its journal",
      awaited {
        Files.text(journal).split(separator: "\n").last?.contains("\"event\":\"closed\"") ?? false
      }, orElse: text("paged.log"))
    // Longer than ranks that leave wait for each other.
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let since = Double(now.tv_sec) - (Files.changed(journal) ?? 0)
    if since < 17 { pauseFor(.seconds(17 - max(0, since))) }
    let text = pipe.drain()
    checks.expect("a reader that takes its time: exit status", 0, study.outcome().status)
    checks.expect(
      "a reader that takes its time: gets all", text.contains("Best accuracy"), orElse: text)
  }
}

extension Running {
  /// Whether the process has a handler for a signal.
  fileprivate func catches(_ signal: Int32) -> Bool {
    let line = Files.text("/proc/\(process)/status").split(separator: "\n")
      .first { $0.hasPrefix("SigCgt:") }
    let mask = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
    return mask >> UInt64(signal - 1) & 1 == 1
  }
}
