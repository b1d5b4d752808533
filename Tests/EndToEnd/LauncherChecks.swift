import Checks
import Glibc
import Support

/// Launchers over the real mpirun. What goes wrong around a run stands in SupervisionChecks.swift.
extension Workplace {
  func checkLaunchers() {
    study(activation: "srelo")
    let typo = "did you mean srelu?"
    mistaken("a misspelt activation", .usage, typo, "study.yaml", "--output-dir", "refused")
    mistaken("a misspelt activation, another command", .usage, typo, "plan", "study.yaml")
    writeTableWithNaN()
    study("{name: own, csv: nan.csv, label: kind}")
    mistaken(
      "NaN in a table", .badData, "nan.csv: line 3", "study.yaml", "--output-dir", "refused")
    putFileInTheWay()
    study()
    mistaken(
      "a folder that cannot be made", .cannotWrite, "can't create the folder", "study.yaml",
      "--output-dir", "in-the-way/folder", "--log-level", "quiet")
    check(
      "launch/local: a relative path of another command", .done, "1 trial",
      local("--ranks", "1", "plan", "study.yaml"))
    let host = HostName.own
    check(
      "launch/local: in a batch job of one task", .done, "Best accuracy",
      local("--ranks", "2", "--no-report", "study.yaml", "--output-dir", "batch").with([
        "SLURM_JOB_ID": "1", "SLURM_JOBID": "1", "SLURM_NODELIST": host,
        "SLURM_JOB_NODELIST": host, "SLURM_NNODES": "1", "SLURM_JOB_NUM_NODES": "1",
        "SLURM_TASKS_PER_NODE": "1", "SLURM_NTASKS": "1", "SLURM_CPUS_PER_TASK": "2",
      ]))
    checkWithoutNetwork()
    checkNamelessUser()
  }

  /// launch/local ends so, and says nothing but one line, the program's.
  private func mistaken(_ name: String, _ code: ExitCode, _ text: String, _ words: String...) {
    let outcome = check("launch/local: \(name)", code, text, local(words))
    let lines = outcome.lines.filter {
      !$0.hasPrefix("local: running as root") && !$0.hasPrefix("study ")
    }
    checks.expect(
      "launch/local: \(name): nothing but that",
      !lines.isEmpty && lines.allSatisfy { $0.hasPrefix("srelu: ") }, orElse: outcome.text)
  }

  private func checkWithoutNetwork() {
    let name = "launch/local: no network at all"
    guard command(["unshare", "--net", "true"]).run().status == 0 else {
      return checks.skipped(name, "it takes a network namespace, and so root")
    }
    let outcome = check(
      name, .environment, "ip link set lo up",
      local("--ranks", "1", "--no-report", "study.yaml", "--output-dir", "refused")
        .behind("unshare", "--net"))
    checks.expect(
      "\(name): is not started again", !outcome.text.contains("restarting in"),
      orElse: outcome.text)
  }

  private func checkNamelessUser() {
    let name = "launch/local: a user without a name or a home"
    guard getuid() == 0 else { return checks.skipped(name, "it takes root") }
    func asNobody(_ words: String...) -> Command {
      command(["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"] + words)
    }
    guard
      asNobody("test", "-x", "\(products)/srelu", "-a", "-r", "\(repository)/launch/local").run()
        .status == 0
    else { return checks.skipped(name, "other users can't read \(repository)") }
    // Where others get to, whatever TMPDIR and the umask are.
    let anyone = command(["mktemp", "-d", "/tmp/srelu.XXXXXX"]).run().text.split(separator: "\n")
      .joined()
    Cleanup.atEnd { Files.remove(anyone) }
    for file in ["study.yaml", "table.csv"] { copy(file, "\(anyone)/\(file)") }
    _ = command(["chmod", "-R", "a+rwX", anyone]).run()
    check(
      name, .done, "Best accuracy",
      asNobody(
        "\(repository)/launch/local", "--ranks", "2", "--no-report", "\(anyone)/study.yaml",
        "--output-dir", "\(anyone)/results"
      ).with(["HOME": nil, "TMPDIR": nil]))
  }
}
