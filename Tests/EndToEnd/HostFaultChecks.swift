import Checks
import Glibc
import Support

/// What goes wrong between hosts.
extension HostChecks {
  // MARK: - What is refused at the start

  /// Ends with that code, and says the text and the host's name.
  private func refused(_ name: String, _ code: ExitCode, _ text: String, _ command: Command) {
    let outcome = place.check(name, code, text, command)
    checks.expect("\(name): names beta", outcome.text.contains("beta"), orElse: outcome.text)
  }

  /// A study over two hosts that doesn't begin.
  private func study(
    _ config: String = "study.yaml", _ words: String..., over list: String = "alpha:1,beta:1"
  ) -> Command {
    over(
      list,
      [place.path(config), "--no-report", "--output-dir", place.path("refused")] + words)
  }

  func checkRefusals() {
    hosts.stopSSH("beta")
    refused("sshd gone", .environment, "Connection refused", study())
    hosts.startSSH("beta")
    awaited(.seconds(5)) {
      hosts.on("alpha", "ssh", "-F", hosts.sshConfig, "beta", "true").status == 0
    }
    let known = Files.text(hosts.knownHosts)
    Files.write(hosts.knownHosts, "")
    refused("a host key that is not known", .environment, "its key isn't known", study())
    Files.write(hosts.knownHosts, known)

    let program = Command(["readlink", "-f", "\(place.products)/srelu"]).run().lines.joined()
    let other = place.path("other")
    Files.write(other, (Files.bytes(program) ?? []) + [10])
    chmod(other, 0o755)
    hosts.laying(other, over: [program], on: "beta") {
      refused("another build", .environment, "is a different build", study())
      refused(
        "another build, seen by the ranks", .environment, "don't run the same program",
        ranks(
          over: "alpha:1,beta:1", 2,
          [
            "\(place.products)/srelu", "sweep", place.path("study.yaml"), "--output-dir",
            place.path("refused"),
          ]))
    }
    checkDataThatDiffers()
    refused(
      "a name that is none", .usage, "is not a host name", study(over: "alpha:1,beta;reboot:1"))
    place.checkNothingWritten("what is refused", "refused")
  }

  private func checkDataThatDiffers() {
    let empty = place.path("empty")
    Files.makeFolder(empty)
    hosts.laying(empty, over: [place.path("data")], on: "beta") {
      refused("a host without the table", .environment, "on beta: ", study())
    }
    checkKnownData(empty)
    let own = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n9,1,x\n2,3,y\n"
    place.write("own.csv", own)
    place.write("own-other.csv", own.replacing("7,8", with: "7,9"))
    place.write(
      "own.yaml",
      """
      name: own
      datasets: [{name: own, csv: \(place.path("own.csv")), label: kind}]
      architectures: [ffnn]
      activations: [relu]
      seeds: [0]
      training: {epochs: {own: 2}}

      """)
    hosts.laying(place.path("own-other.csv"), over: [place.path("own.csv")], on: "beta") {
      refused("a host with other data", .badData, "other values", study("own.yaml"))
    }
  }

  /// One host has a known data set in none of the places where the others find it.
  private func checkKnownData(_ empty: String) {
    let name = "a host without the data"
    guard let wdbc = place.folder(of: "wdbc") else {
      return checks.skipped(name, Workplace.noWDBC)
    }
    Files.makeFolder(place.path("known"))
    _ = Command(["cp", "-r", wdbc, place.path("known/wdbc")]).run()
    place.write(
      "known.yaml",
      study(epochs: 5).replacing(/datasets: .*/, with: "datasets: [wdbc]")
        .replacing("table: 5", with: "wdbc: 5"))
    let places = [place.path("known"), "\(place.repository)/data", "/usr/share/datasets"]
    hosts.laying(empty, over: places.filter(Files.exists), on: "beta") {
      refused(
        name, .environment, "on beta: wdbc: not found",
        study("known.yaml", "--data-dir", place.path("known")))
    }
  }

  // MARK: - What breaks on the way

  private func journalHolds(_ study: String, epochs: Int) -> Bool {
    place.text("\(study)/journal.jsonl").split(separator: "\n")
      .count { $0.contains("\"event\":\"epoch\"") } >= epochs
  }

  /// A study over two hosts in which something breaks once it is some epochs on its way. It comes to the end that
  /// the undisturbed one came to.
  private func disturbed(_ name: String, _ folder: String, _ disturb: (String) -> Void) {
    let log = place.path("\(folder).log")
    let study = over(
      "alpha:1,beta:1",
      [
        "--no-report", place.path("long.yaml"), "--ranks-per-trial", "2", "--output-dir",
        place.path(folder),
      ]
    ).writing(to: .file(log)).start()
    let trains = awaited { journalHolds(folder, epochs: 20) || !study.isAlive }
    if !trains { checks.failed(name, "no epochs: \(Files.text(log))") }
    disturb(log)
    let status = study.outcome().status
    checks.expect("\(name): exit status", 0, status)
    place.expectSameModels("\(name): the same bits as undisturbed", "undisturbed", folder, count: 1)
    if status != 0 { say(String(Files.text(log).suffix(3000))) }
  }

  /// Said within a quarter of a minute (a little more, on a busy machine).
  private func named(_ name: String, _ text: some RegexComponent, in log: String) {
    let begin = ContinuousClock.now
    let isSaid = awaited(.seconds(20)) { Files.text(log).contains(text) }
    checks.expect("\(name): says so in time", isSaid, orElse: Files.text(log))
    say("\(name): said after \((ContinuousClock.now - begin).components.seconds) s")
  }

  func checkBreakdowns() {
    disturbed("undisturbed", "undisturbed") { _ in }
    disturbed("link down for 5 s", "link-down") { _ in
      hosts.link(of: "beta", isUp: false)
      pauseFor(.seconds(5))
      hosts.link(of: "beta", isUp: true)
    }
    checks.expect(
      "link down for 5 s: it was not started again",
      !place.text("link-down.log").contains("restarting in"),
      orElse: place.text("link-down.log"))
    disturbed("link down for good", "link-gone") { log in
      hosts.link(of: "beta", isUp: false)
      named("link down for good", /beta, with rank 1, hasn't been heard from/, in: log)
      pauseFor(.seconds(3))
      hosts.link(of: "beta", isUp: true)
    }
    disturbed("a host's ranks killed", "killed") { log in
      hosts.on("beta", "pkill", "-KILL", "-x", "srelu")
      // With Open MPI 5 a rank elsewhere may see its closed connection before mpirun sees how it ended.
      named(
        "a host's ranks killed",
        /rank 1 on beta was killed by signal 9|a rank on beta is gone/, in: log)
    }
  }
}
