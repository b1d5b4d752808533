import Checks
import FoundationEssentials
import Glibc
import Support

/// Several hosts on this machine: the multi-rank tests and a study across them, and what goes wrong between hosts.
final class HostChecks {
  let place: Workplace
  let hosts: TestHosts
  var checks: Checks { place.checks }

  static let groups = [
    group("multi-rank tests over hosts") { $0.checkProbes() },
    group("studies over hosts") { $0.checkStudies() },
    group("mixed instruction sets") { $0.checkMixedInstructionSets() },
    group("maps and measurements") { $0.checkMeasurements() },
    group("what is refused") { $0.checkRefusals() },
    group("what breaks on the way") { $0.checkBreakdowns() },
    group("what is left") { $0.checkNothingLeft() },
  ]

  private static func group(
    _ name: String, _ body: @escaping @Sendable (HostChecks) -> Void
  ) -> Group {
    Group(name: name) { place in
      guard let checks = place.hostChecks else { return }
      say("\n== \(name) ==")
      body(checks)
    }
  }

  /// Nil, and said so, where there can be no hosts.
  init?(_ place: Workplace) {
    if let obstacle = TestHosts.obstacle {
      place.checks.skipped("across hosts", obstacle)
      return nil
    }
    self.place = place
    hosts = TestHosts(place.path("hosts"), ["alpha", "beta", "gamma"])
    Files.makeFolder(place.path("data"))
    place.write("data/table.csv", Table.likeWDBC())
    place.write("study.yaml", study(epochs: 5))
    place.write(
      "long.yaml",
      study(epochs: 2000).replacing("relu, srelu", with: "srelu").replacing("[0, 1]", with: "[0]"))
  }

  func study(epochs: Int) -> String {
    """
    name: hosts
    datasets: [{name: table, csv: \(place.path("data/table.csv")), label: kind}]
    architectures: [ffnn]
    activations: [relu, srelu]
    seeds: [0, 1]
    training: {epochs: {table: \(epochs)}}

    """
  }

  // MARK: - Commands

  /// On the first host, in the folder at hand. launch/hosts takes no folder for temporary files with other
  /// characters in its path, and hands SRELU_DATA on: a host then finds there what a test took away elsewhere.
  private func onAlpha(_ words: [String]) -> Command {
    let temporary = "/" + place.folder.split(separator: "/").dropLast().joined(separator: "/")
    return hosts.command(on: "alpha", words).with(["TMPDIR": temporary, "SRELU_DATA": nil])
      .within(.seconds(330))
  }

  /// launch/hosts, called on the first host.
  func over(_ list: String, _ words: [String]) -> Command {
    onAlpha(
      ["\(place.repository)/launch/hosts", "--hosts", list, "--ssh-config", hosts.sshConfig]
        + ["--bind", "none"] + words)
  }

  /// Ranks without launch/hosts and what it checks before. Each host believes that the cores are its own: its
  /// ranks wouldn't yield.
  func ranks(over list: String, _ count: Int, _ words: [String]) -> Command {
    let hostfile = place.path("hostfile")
    Files.write(
      hostfile,
      list.split(separator: ",").map { $0.replacing(":", with: " slots=") + "\n" }.joined())
    let options = place.mpirunOptions(over: list, count, sshConfig: hosts.sshConfig)
    return onAlpha(
      ["mpirun", "--hostfile", hostfile] + options
        + ["--mca", "mpi_yield_when_idle", "1", "--timeout", "300"] + words
    )
  }

  // MARK: - What works

  private func checkProbes() {
    for (list, count) in [
      ("alpha:1,beta:1", 2), ("alpha:1,beta:1,gamma:1", 3), ("alpha:2,beta:2", 4),
    ] {
      checks.take(
        "multirank over \(list)",
        ranks(over: list, count, ["\(place.products)/multirank", "run"]).run())
    }
  }

  /// A trial of one rank has the same bits wherever it ran; one of several on the same layout.
  private func checkStudies() {
    let config = place.path("study.yaml")
    place.check(
      "a study on this machine", .done, "",
      place.local("--ranks", "1", "--no-report", config, "--output-dir", place.path("alone")))
    place.check(
      "a study over three hosts", .done, "",
      over(
        "alpha:1,beta:1,gamma:1", ["--no-report", config, "--output-dir", place.path("three")]))
    place.expectSameModels("a study over three hosts: the bits of one", "alone", "three", count: 4)
    let journal = place.text("three/journal.jsonl")
    checks.expect(
      "a study over three hosts: the journal names them", journal.contains("alpha, beta, gamma"),
      orElse: journal)
    for run in ["first", "second"] {
      place.check(
        "trials of two hosts, \(run) run", .done, "",
        over(
          "alpha:1,beta:1",
          [
            "--no-report", config, "--ranks-per-trial", "2", "--output-dir", place.path(run),
          ]))
    }
    place.expectSameModels("trials of two hosts: the same bits again", "first", "second", count: 4)
  }

  /// What one host lacks none uses: the bits are those of a job that has it nowhere.
  private func checkMixedInstructionSets() {
    for (host, condition) in [
      ("beta", "[ \"$OMPI_COMM_WORLD_RANK\" = 1 ] && "), ("everywhere", ""),
    ] {
      let program = place.path("on-\(host)")
      Files.write(
        program,
        """
        #!/bin/sh
        \(condition)export SRELU_ISA=portable
        exec "\(place.products)/srelu" "$@"

        """)
      chmod(program, 0o755)
      let outcome = place.check(
        "no vectors on \(host)", .done, "",
        ranks(
          over: "alpha:1,beta:1", 2,
          [
            program, "sweep", place.path("study.yaml"), "--output-dir",
            place.path("portable-\(host)"),
          ]))
      if host == "beta" {
        checks.expect(
          "no vectors on beta: says so", 1,
          outcome.lines.count { $0.contains(/instruction sets differ.*portable on beta/) })
      }
    }
    place.expectSameModels(
      "no vectors on beta: the bits of none anywhere", "portable-everywhere", "portable-beta",
      count: 4)
  }

  private func checkMeasurements() {
    var command = over(
      "alpha:2,beta:1", ["doctor", "--ranks", "--ranks-per-trial", "3"])
    command.errors = .file("/dev/null")
    let doctor = command.run()
    say(doctor.text)
    let ranks = doctor.lines.map { $0.split(separator: " ") }
      .filter { $0.count > 1 && Int($0[0]) != nil }.map { "\($0[0]) \($0[1])" }
    checks.expect("doctor: a line for each rank", ["0 alpha", "1 alpha", "2 beta"], ranks)
    checks.expect("doctor: the interface", 3, doctor.lines.count { $0.hasSuffix("eth0") })
    checks.expect(
      "doctor: a group on several hosts", 1,
      doctor.lines.count { $0.contains("1 of 1 lie on several hosts") })
    let network = measured(["bench", "network"])
    checks.expect(
      "bench network: constants for a plan", 1,
      network.lines.count { $0.contains(/--network [0-9.]*,[0-9.]*$/) })
    checkScaling("ffnn")
    checkScaling("cnn")
    // Networks that are slower than memory, as most are.
    for rate in ["10", "2.5"] {
      let isHeld = ["alpha", "beta"].allSatisfy { hosts.slowLink(of: $0, to: "\(rate)gbit") }
      if isHeld {
        say("\nthe link at \(rate) Gbit/s:")
        checkScaling("ffnn")
        checkScaling("cnn")
      } else {
        checks.skipped(
          "bench scaling at \(rate) Gbit/s", "this kernel can hold no link back (tc, sch_tbf)")
      }
      for host in ["alpha", "beta"] { hosts.unslowLink(of: host) }
    }
  }

  private func measured(_ words: [String]) -> Outcome {
    var command = over("alpha:1,beta:1", words)
    command.errors = .file("/dev/null")
    let outcome = command.run()
    say(outcome.text)
    return outcome
  }

  private func checkScaling(_ architecture: String) {
    let outcome = measured(["bench", "scaling", "--architecture", architecture])
    checks.expect(
      "bench scaling \(architecture): beside the model", 1,
      outcome.lines.count { $0.contains(/efficiency: .* measured, .* predicted/) })
  }

  // MARK: - What is left

  private func checkNothingLeft() {
    for name in hosts.names {
      // One name at a time: pgrep finds nothing where the pattern is longer than a process's name can be.
      let processes = ["srelu", "orted", "prted", "mpirun", "prterun"].flatMap {
        hosts.on(name, "pgrep", "-lx", $0).lines
      }
      checks.expect("\(name): no rank or daemon is left", [], processes)
      checks.expect(
        "\(name): no shared memory is left", [], hosts.on(name, "ls", "/dev/shm").lines)
    }
  }
}
