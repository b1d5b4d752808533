import Checks
import Support

/// What mpirun and srun are given, and what launchers make of what they say.
extension PretendedRepository {
  func checkVersions() {
    for version in ["4.1.4", "5.0.7"] {
      let name = "Open MPI \(version)"
      launch(name, .done, "", local("--ranks", "1", "s.yaml").with(["MPI_VERSION": version]))
      expectCalled("\(name): no TCP on one machine", with: "--mca", "btl", "^tcp")
      expect("\(name): mpirun isn't muted", [], called.filter { $0.contains("quiet") })
    }
    // A batch job's variables say nothing about what we count ourselves.
    launch(
      "in a batch job", .done, "",
      local("s.yaml").with([
        "SLURM_JOB_ID": "1", "SLURM_NTASKS": "1", "SLURM_TASKS_PER_NODE": "1", "PBS_JOBID": "1",
        "PBS_NODEFILE": "/nowhere", "LSB_JOBID": "1", "PE_HOSTFILE": "/nowhere",
        "SLURM_CONF": "/nowhere",
      ]))
    expect(
      "in a batch job: mpirun hears nothing of it", ["SLURM_CONF=/nowhere"],
      environment("SLURM", "PBS", "LSB", "PE_HOST"))
  }

  // MARK: - Pages

  private static let rule = String(repeating: "-", count: 74)

  /// A page as mpirun prints it.
  private static func page(_ lines: String...) -> String {
    ([rule] + lines + [rule]).map { $0 + "\n" }.joined()
  }

  private static let mistake = "srelu: s.yaml: what is wrong"

  private static let pagesOf4 =
    "\(mistake)\n"
    + page(
      "Primary job  terminated normally, but 1 process returned",
      "a non-zero exit code. Per user-direction, the job has been aborted.")
    + page(
      "mpirun detected that one or more processes exited with non-zero status, thus causing",
      "the job to be terminated. The first process to do so was:", "",
      "  Process name: [[25064,1],1]", "  Exit code:    64")
    + page(
      "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD", "with errorcode 75.")
      + """
      [vm:1] 1 more process has sent help message help-mpi-api.txt / mpi-abort
      [vm:1] Set MCA parameter "orte_base_help_aggregate" to 0 to see all help / error messages
      mpirun: Forwarding signal 10 to job

      """

  /// 5 ends each page with a NUL.
  private static let pagesOf5 =
    "\(mistake)\n"
    + page(
      "prterun detected that one or more processes exited with non-zero status,",
      "thus causing the job to be terminated. The first process to do so was:", "",
      "   Process name: [prterun-vm-3979@1,1]", "   Exit code:    64") + "\0"
    + page(
      "prterun has exited due to process rank 0 with PID 0 on node vm calling",
      "\"abort\". This may have caused other processes in the application to be",
      "terminated by signals sent by prterun (as reported here).")
    + "\0[vm:1] PMIX ERROR: PMIX_ERR_UNREACH in file pmix_server.c at line 3146\n"

  private static let wordsOfSrun = """
    srun: error: n1: task 0: Exited with exit code 64
    srun: error: n1: tasks 1-3: Exited with exit code 64
    srun: launch/slurm: _step_signal: Terminating StepId=2.0
    srun: Job step aborted: Waiting up to 32 seconds for job step to finish.
    slurmstepd: error: *** STEP 2.0 ON n1 CANCELLED AT 2026-11-28T10:00:00 ***
    \(mistake)

    """

  func checkMistakes() {
    for (kind, pages) in [
      ("4", Self.pagesOf4), ("5", Self.pagesOf5), ("srun", Self.wordsOfSrun),
    ] {
      for arguments in [["s.yaml"], ["plan", "s.yaml"]] {
        for code in [ExitCode.usage, .badData, .cannotWrite] {
          let name = "\(code.rawValue) from \(kind), \(arguments.joined(separator: " "))"
          launch(name, code, Self.mistake, refusing(arguments, code.rawValue, pages))
          expect(
            "\(name): nothing but that", [Self.mistake],
            said.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
              .map(String.init).filter { !$0.hasPrefix("local: running as root") })
        }
      }
    }
  }

  /// A command that mpirun ends with a status before there is a study, saying this.
  private func refusing(_ words: [String], _ status: Int32, _ pages: String) -> Command {
    saying(words, pages).with(["HOW": "refuses", "STATUS": "\(status)"])
  }

  private func saying(_ words: [String], _ pages: String) -> Command {
    write("pages", pages)
    return local(words).with(["PAGES": "\(scratch)/pages"])
  }

  func checkPages() {
    for word in ["s.yaml", "doctor"] {
      launch(
        "what mpirun refuses, \(word)", .environment, "not enough slots",
        refusing(
          [word], 1,
          Self.page("There are not enough slots available in the system to satisfy the 7")))
    }
    launch(
      "a host that is lost from another command", .environment, "a host was lost",
      saying(["doctor"], Self.page("PRTE has lost communication with a remote daemon.")))
    launch(
      "a killed rank", status: 137, "local: rank 1 on vm was killed by signal 9",
      refusing(
        ["doctor"], 137,
        Self.page(
          "prterun noticed that process rank 1 with PID 4042 on node vm exited on",
          "signal 9 (Killed).")))
    launch(
      "a rank that another host misses", .done, "local: a rank on beta is gone",
      saying(
        ["doctor"],
        Self.page(
          "An MPI communication peer process has unexpectedly disconnected.  This", "",
          "  Local host: alpha", "  Local PID:  7", "  Peer host:  beta")))
    launch(
      "no network", .environment, "ip link set lo up",
      refusing(
        ["s.yaml"], 1,
        Self.page("The PMIx server's listener thread failed to start. We cannot", "continue.")))
    let escapes = Array("a host says \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b} this\n".utf8)
    Files.write("\(scratch)/escapes", escapes)
    launch(
      "what a terminal would obey", .done, "a host says ]0;owned[2J this",
      local("doctor").with(["PAGES": "\(scratch)/escapes"]))
  }
}
