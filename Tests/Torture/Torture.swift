import Checks
import Glibc
import Support

/// Rounds of one study, each with one fault.
struct Torture {
  private let options: Options
  private let checks = Checks()
  private let scratch: Scratch
  private let disk: SmallDisk
  private var random: Random
  /// What the study leaves undisturbed, on one rank.
  private var expected = Remains("")
  /// How long it takes undisturbed.
  private var plain = Duration.zero
  /// The faults come within so many seconds.
  private var span = 1.0
  private var tallies: [Fault: Tally] = [:]
  /// What the first run's build left among the temporary files, where it had something to build.
  private var ofBuild: Set<String> = []

  /// What came of a fault's rounds.
  private struct Tally {
    var rounds = 0
    var recovered = 0
    var missed = 0
    /// Where the fault can't be made here.
    var unable = 0
    /// Seconds longer than undisturbed.
    var lost: [Double] = []
  }

  init(_ options: Options) {
    self.options = options
    scratch = Scratch()
    disk = SmallDisk("\(scratch.path)/disk")
    random = Random(seed: options.seed)
    Files.makeFolder(temporary)
    Files.write("\(scratch.path)/table.csv", Table.likeWDBC())
    for choice in RankChoice.all { writeStudy(choice.perTrial) }
  }

  /// - Returns: the status to exit with.
  mutating func run() -> Int32 {
    runUndisturbed()
    say(
      "\(tenths(plain.inSeconds)) s undisturbed; now \(options.rounds) rounds, seed \(options.seed)"
    )
    for round in 0..<options.rounds { play(round) }
    summarise()
    return checks.finish()
  }

  /// Whatever a run puts into the folder for temporary files can be seen there.
  private var temporary: String { "\(scratch.path)/tmp" }
  private var log: String { "\(scratch.path)/log" }

  /// How many ranks a run has, and how it uses them. Their number is another after each death of a run, and
  /// changes no byte.
  private struct RankChoice: Equatable {
    let ranks: Int
    let perTrial: String

    static let all = [
      RankChoice(ranks: 1, perTrial: "1"), RankChoice(ranks: 2, perTrial: "1"),
      RankChoice(ranks: 2, perTrial: "2"), RankChoice(ranks: 2, perTrial: "auto"),
      RankChoice(ranks: 3, perTrial: "3"), RankChoice(ranks: 4, perTrial: "2"),
    ]

    /// Whether a trial has a second replica, in which a flipped bit is seen.
    var hasReplicas: Bool { (Int(perTrial) ?? 1) > 1 }
  }

  private func writeStudy(_ ranksPerTrial: String) {
    Files.write(
      "\(scratch.path)/study\(ranksPerTrial).yaml",
      """
      name: torture
      datasets: [{name: table, csv: \(scratch.path)/table.csv, label: kind}]
      architectures: [ffnn]
      activations: [prelu, srelu]
      seeds: [0, 1]
      training: {epochs: {table: 60}}
      ranks-per-trial: \(ranksPerTrial)
      checkpoint-seconds: 0.2

      """)
  }

  /// launch/run as a user calls it, with a deadline, because a hang is a failure too.
  private func study(_ choice: RankChoice, in folder: String, restarts: Int = 5) -> Command {
    Command([
      "\(options.repository)/launch/run", "--ranks", "\(choice.ranks)", "--no-report",
      "--max-restarts", "\(restarts)", "\(scratch.path)/study\(choice.perTrial).yaml",
      "--output-dir", folder,
      "--log-level", "quiet",
    ]).with(["TMPDIR": temporary]).within(.seconds(120))
  }

  private mutating func runUndisturbed() {
    say("running the study undisturbed")
    for choice in [RankChoice.all[0], RankChoice.all[2]] {
      let folder = "\(scratch.path)/reference"
      let begin = ContinuousClock.now
      let outcome = study(choice, in: folder).run()
      let remains = Remains(folder)
      guard outcome.status == 0, !remains.isEmpty else {
        refuse(.environment, "the undisturbed study failed: \(outcome.text.suffix(600))")
      }
      plain = ContinuousClock.now - begin
      if expected.isEmpty { expected = remains }
      Files.remove(folder)
    }
    ofBuild = Set(Files.names(temporary))
    span = max(1, plain.inSeconds - 1)
  }

  // MARK: - Rounds

  private enum Result { case recovered, missed, failed(String) }

  /// A round whose fault comes too late is played again, sooner.
  private mutating func play(_ round: Int) {
    let fault = options.faults[round % options.faults.count]
    let name = "torture round \(round + 1): \(fault.rawValue)"
    if fault == .fullDisk && !disk.isPossible {
      tallies[fault, default: Tally()].unable += 1
      return
    }
    for _ in 0..<10 {
      let begin = ContinuousClock.now
      let result = strike(fault)
      let took = ContinuousClock.now - begin
      ProcessEntry.endAll(mentioning: scratch.path)
      if case .missed = result {
        tallies[fault, default: Tally()].missed += 1
        if took.inSeconds <= span { span = max(1, span - 1) }
        continue
      }
      tallies[fault, default: Tally()].rounds += 1
      tallies[fault, default: Tally()].lost.append((took - plain).inSeconds)
      if case .failed(let why) = result {
        checks.failed(name, why)
      } else {
        tallies[fault, default: Tally()].recovered += 1
        checks.passed(name)
      }
      return
    }
    // A fault that never strikes is one that nobody has seen recovered from.
    tallies[fault, default: Tally()].rounds += 1
    checks.failed(name, "it came too late 10 times")
  }

  private mutating func strike(_ fault: Fault) -> Result {
    // One rank has no other that sees it stand still.
    let choices = RankChoice.all.filter {
      (fault != .flippedBit || $0.hasReplicas) && (fault != .stopRank || $0.ranks > 1)
    }
    let choice = choices[Int.random(in: 0..<choices.count, using: &random)]
    // Every other time a run that dies isn't restarted by its launcher, but goes on with other ranks.
    let isRelaunched = !fault.endsStudy && fault != .flippedBit && Bool.random(using: &random)
    let folder = fault == .fullDisk ? "\(disk.path)/run" : "\(scratch.path)/run"
    Files.remove(folder)
    var begin = timespec()
    clock_gettime(CLOCK_REALTIME, &begin)
    if fault == .fullDisk { disk.mount(megabytes: Int.random(in: 4...11, using: &random)) }
    defer { disk.unmount() }

    let running = study(choice, in: folder, restarts: isRelaunched ? 0 : fault.restarts)
      .writing(to: .file(log)).start()
    var struck = fault == .fullDisk || strike(fault, running, ranks: choice.ranks, folder)
    var status = running.outcome().status
    let journal = Journal(folder)
    // The study had ended before the fault came.
    if fault.endsStudy && status == 0 { struck = false }
    if fault == .terminate && journal.endsWithSuccess {
      struck = false
      status = 0
    }
    var complaints: [String] = []
    var damaged: String?
    if (fault.endsStudy || isRelaunched) && struck && status != 0 {
      let code: ExitCode = fault == .fullDisk ? .cannotWrite : .interrupted
      if status != code.rawValue { complaints.append("status \(status) after \(fault.rawValue)") }
      if fault == .truncatedCheckpoint || fault == .tornJournal {
        damaged = fault.damage(folder, &random)
        struck = damaged != nil
      }
      if fault == .fullDisk { disk.enlarge() }
      let others = choices.filter { $0 != choice }
      let again = study(others[Int.random(in: 0..<others.count, using: &random)], in: folder).run()
      Files.append(log, again.text)
      status = again.status
    }
    if status != 0 { complaints.append("status \(status)") }
    complaints += leftovers(folder, since: begin).map { "left behind: \($0)" }
    let differences = Remains(folder).difference(from: expected)
    if !differences.isEmpty {
      complaints.append("differs: \(differences.prefix(5).joined(separator: ", "))")
    }
    let notes = Journal(folder)
    if fault == .truncatedCheckpoint, let damaged {
      let file = damaged.split(separator: "/").suffix(2).joined(separator: "/")
      if !notes.says("note", "\(file) can't be used") {
        complaints.append("no note of \(file), which was truncated")
      }
    }
    if !complaints.isEmpty {
      for line in Files.text(log).split(separator: "\n").suffix(20) { say("    \(line)") }
      return .failed(complaints.joined(separator: "; "))
    }
    // A bit that falls between two trials changes nothing.
    if fault == .flippedBit && !notes.says("note") { return .missed }
    return struck ? .recovered : .missed
  }

  /// The fault, at a random moment of the run under way.
  private mutating func strike(
    _ fault: Fault, _ running: Running, ranks: Int, _ folder: String
  ) -> Bool {
    let trains = awaited(.seconds(10), every: .milliseconds(50)) {
      !running.isAlive || Journal(folder).says("started")
    }
    guard trains, running.isAlive else { return false }
    pauseFor(.seconds(Double.random(in: 0..<span, using: &random)))
    return fault.strike(running, ranks: ranks, folder, &random)
  }

  /// What a run may have left: processes, shared memory, temporary files.
  private func leftovers(_ folder: String, since begin: timespec) -> [String] {
    let entries = ProcessEntry.all
    let processes = entries.filter { ($0.isRank || $0.isLauncher) && $0.mentions(scratch.path) }
      .map { $0.words.joined(separator: " ") }
    // Another study on this machine has its own while it runs.
    let memory = Files.names("/dev/shm").filter { $0.hasPrefix("srelu.") }.map { "/dev/shm/\($0)" }
      .filter { path in
        guard let changed = Files.changed(path), changed > begin.inSeconds else { return false }
        return !entries.contains { $0.mentions(path) }
      }
    let files = Files.all(folder).filter { path in
      let name = path.split(separator: "/").last ?? ""
      return name.hasSuffix(".partial") || name.hasPrefix("checkpoint") || name == "lock"
    }
    return processes + memory + Files.names(temporary).filter { !ofBuild.contains($0) } + files
  }

  // MARK: - Summary

  private func summarise() {
    say("")
    say(row("fault", "rounds", "recovered", "too-late", "seconds lost (median)"))
    for fault in options.faults {
      let tally = tallies[fault] ?? Tally()
      say(
        row(
          fault.rawValue, "\(tally.rounds)", "\(tally.recovered)", "\(tally.missed)",
          tally.lost.median.map(tenths) ?? "-"))
      if tally.unable > 0 {
        checks.skipped(
          "torture: \(fault.rawValue), \(tally.unable) times", "this user may not mount a tmpfs")
      }
    }
  }

  private func row(_ words: String...) -> String {
    zip(words, [-22, 7, 10, 9, 22]).map { word, width in
      let space = String(repeating: " ", count: max(0, abs(width) - word.count))
      return width < 0 ? word + space : space + word
    }.joined(separator: " ")
  }
}

/// With one digit behind the point.
private func tenths(_ value: Double) -> String {
  "\((value * 10).rounded() / 10)"
}

extension timespec {
  fileprivate var inSeconds: Double { Double(tv_sec) + Double(tv_nsec) * 1e-9 }
}
