import Checks
import Glibc
import Support

/// launch/hosts, and hosts that say what they shouldn't. The copy lies at a path that may go to other hosts.
extension PretendedRepository {
  private func hosts(_ words: String...) -> Command {
    launcher("hosts", ["--hosts", "localhost:1,beta", "--bind", "none"] + words + ["s.yaml"])
  }

  /// What a sound host says of itself: cores, mpi, build.
  private func soundAnswer() -> [String] {
    let sum = Command(["sha256sum", program]).run().text
    return ["cores 3", "mpi mpirun (Open MPI) 4.1.4", "build \(sum.prefix(16))"]
  }

  private func pretendHosts() {
    pretend(
      "ssh",
      #"""
      #!/usr/bin/env bash
      cat >/dev/null
      cat -- "$SCRATCH/answer"
      cat -- "$SCRATCH/complaint" >&2
      exit "${SSH_STATUS:-0}"

      """#)
    // The first host has what a host of Open MPI has.
    pretend("orted", "true\n")
    write("complaint", "")
  }

  /// A second host says this.
  private func answered(_ name: String, _ code: ExitCode, _ text: String, _ answer: [String]) {
    write("answer", answer.map { $0 + "\n" }.joined())
    let name = "a host that says \(name)"
    launch(name, code, text, hosts())
    harmless("\(name): nothing that a terminal obeys")
    expectNoCommandRun("\(name): runs no command")
  }

  func checkAnswers() {
    pretendHosts()
    let sound = soundAnswer()
    answered("what is right", .done, "", sound)
    expectCalled("a host that says what is right: a rank for each core", with: "-np", "4")
    for cores in [
      "threads[\(trap)]", "a[$(touch \(scratch)/PWNED >&2)]", "", "0", "-1", "08", "1e3",
      "99999999999999999999", "3; true", "\u{1b}[2J3", "$((1))",
    ] {
      answered(
        "cores \(cores.replacing("\u{1b}", with: "ESC"))", .environment,
        "beta: gave no valid answer about its cores", ["cores \(cores)"] + sound[1...])
    }
    answered("that it has 4096 cores", .done, "", ["cores 4096"] + sound[1...])
    for cores in ["4097", "99999"] {
      answered(
        "that it has \(cores) cores", .environment,
        "hosts: beta: claims \(cores) cores, and more than 4096 are not plausible",
        ["cores \(cores)"] + sound[1...])
    }
    answered(
      "nonsense of its build", .environment,
      "beta: gave no valid answer about its build", sound[..<2] + ["build \(trap)"])
    answered(
      "terminal escapes of its MPI", .environment, "about its mpi",
      [sound[0], "mpi mpirun (Open MPI) 4.1.4\u{1b}]0;owned\u{7}", sound[2]])
    answered(
      "another version", .environment, "they are incompatible",
      [sound[0], "mpi mpirun (Open MPI) 4.0.3", sound[2]])
    answered("what a login prints too", .done, "", ["Welcome! \u{1b}[31m"] + sound)
    write("complaint", "Permission denied \u{1b}]0;owned\u{7}(publickey).\n")
    write("answer", "")
    launch(
      "a host that refuses us", .environment, "Permission denied ?]0;owned?(publickey)",
      hosts().with(["SSH_STATUS": "255"]))
  }

  /// Hosts that say more than is listened to, or nothing, to a user who has waited enough.
  func checkSlowHosts() {
    pretendHosts()
    pretend("ssh", "#!/bin/sh\nexec cat /dev/zero >&2\n")
    let endless = "a host that complains without end"
    launch(endless, .environment, "beta: ssh", hosts())
    silent("\(endless): nothing of the shell's", /limit|core dumped|line [0-9]+:/)
    pretend("ssh", "#!/bin/sh\necho asked >\"$SCRATCH/asked\"\nexec /bin/sleep \"$LONG\"\n")
    for (signal, number) in [("INT", SIGINT), ("TERM", SIGTERM), ("HUP", SIGHUP)] {
      let name = "SIG\(signal) while hosts are asked"
      Files.remove("\(scratch)/asked")
      let asking = hosts().start()
      awaited(every: .milliseconds(50)) { exists("asked") || !asking.isAlive }
      asking.signal(number)
      let outcome = asking.outcome()
      expect("\(name): exit status", ExitCode.interrupted.rawValue, outcome.status)
      expect(
        "\(name): nothing of the shell's is said",
        !outcome.text.contains(/line [0-9]+:|Terminated|Killed/), orElse: outcome.text)
      expectNothingLeft(name)
      expect("\(name): nobody waits", [], waiting)
    }
  }

  /// Names, paths and parameters that a shell elsewhere would read.
  func checkHostileHosts() {
    pretendHosts()
    write("answer", soundAnswer().map { $0 + "\n" }.joined())
    let folder = "\(scratch)/tmp-$(touch PWNED)"
    Files.makeFolder(folder)
    launch(
      "a TMPDIR that a shell elsewhere would read", .usage, "'\(folder)'",
      hosts().with(["TMPDIR": folder]))
    launch(
      "a parameter that a shell elsewhere would read", .usage, "OMPI_MCA_orte_base",
      hosts().with(["OMPI_MCA_orte_base": trap]))
    for name in ["inet", "scope", "lo", "beta;true", "-oProxyCommand=true", "a$(true)"] {
      launch(
        "a first host called \(name)", .usage, "",
        launcher("hosts", ["--hosts", "\(name):1,beta:1", "s.yaml"]))
    }
    write("hostfile", "beta slots=a[\(trap)]\n")
    launch(
      "a hostfile with a command", .usage, "expected NAME slots=N",
      launcher("hosts", ["--hostfile", "\(scratch)/hostfile", "s.yaml"]))
    expectNoCommandRun("a hostfile with a command: is not run")
  }
}
