import Foundation
import Storage
import Support

/// Runs on the nodes of a Slurm job, which is requeued until the study is done.
extension Launch {
  func runInSlurm() throws -> Int32 {
    let job = try SlurmJob(environment, config: arguments.config)
    var ranks = arguments.ranks
    if ranks == nil, let tasks = environment["SLURM_NTASKS"], !tasks.isEmpty {
      ranks = try JobArguments.wholeNumber("--ntasks", tasks, atLeast: 1)
    }
    let config = try config()
    // Runs and fetched data lie in the repository, wherever this was submitted from.
    try enterRepository()
    let cpusPerRank = arguments.threads * (try cpusPerCore())
    let room = try room(cpusPerRank: cpusPerRank)
    let count = ranks ?? room.places
    if count > room.places {
      throw Refusal(
        .usage,
        "\(count) ranks of \(arguments.threads) cores don't fit: the job has room for \(room.places)"
      )
    }
    var environment = environment
    let launcher = try launcher(count, room, cpusPerRank: cpusPerRank, &environment)
    guard let config else { return try runCommand(launcher, environment) }
    try checkNodes(config, environment)
    // What failed in this job stays failed; only a new job retries it.
    let flags = arguments.sweepFlags + (job.restarts > 0 ? ["--retry=none"] : [])
    let study = study(config, flags, launcher, environment)
    let status = try study.outcome()
    let (folder, known) = (study.supervisor.folder, study.supervisor.study)
    if status == ExitCode.interrupted.rawValue, study.supervisor.isInterrupted || known != nil {
      requeue(job, known)
    }
    if let folder, status <= ExitCode.someTrialsFailed.rawValue {
      RequeueLedger(folder: folder, job: job.id).remove()
      writeReport(status, folder)
    }
    return StandardOutput.status(status, study.lostOutput, console)
  }

  /// The job that this runs in.
  private struct SlurmJob {
    let id: String
    /// How often Slurm has started it again.
    let restarts: Int

    init(_ environment: [String: String], config: String?) throws(Refusal) {
      let id = environment["SLURM_JOB_ID"] ?? ""
      guard id.wholeMatch(of: /[0-9]{1,15}/) != nil else {
        throw Refusal(
          .environment,
          "this is not a Slurm job: submit it with sbatch launch/slurm \(config ?? "[CONFIG]"), or use "
            + "launch/run, which needs no Slurm")
      }
      self.id = id
      if !(environment["SLURM_ARRAY_JOB_ID"] ?? "").isEmpty {
        throw Refusal(
          .usage,
          "the tasks of a job array would all train the same study: submit without --array")
      }
      if !["", "1"].contains(environment["SLURM_STEP_NUM_TASKS"] ?? "") {
        throw Refusal(
          .usage, "srun starts a copy of this script for each task: submit it with sbatch")
      }
      let restarts = environment["SLURM_RESTART_COUNT"] ?? ""
      self.restarts = try JobArguments.wholeNumber(
        "SLURM_RESTART_COUNT", restarts.isEmpty ? "0" : restarts, atLeast: 0)
      for tool in ["srun", "scontrol", "squeue"]
      where ChildProcess.path(of: tool, in: environment) == nil {
        throw Refusal(.environment, "\(tool) is not in PATH on \(HostName.own)")
      }
    }
  }

  // MARK: - Nodes and ranks

  private func cpusPerCore() throws(Refusal) -> Int {
    let nodes = environment["SLURM_JOB_NODELIST"] ?? ""
    let said = ChildProcess.output(
      ["scontrol", "--oneliner", "show", "node", nodes], environment: environment,
      joinsErrors: false)
    guard let count = SlurmNodes.cpusPerCore(said.text) else {
      throw Refusal(
        .environment,
        "scontrol doesn't report the cores of \(nodes.isEmpty ? "this job" : nodes)")
    }
    return count
  }

  private func room(cpusPerRank: Int) throws(Refusal) -> SlurmNodes.Room {
    let list = environment["SLURM_JOB_CPUS_PER_NODE"] ?? ""
    guard let room = SlurmNodes.room(list, cpusPerRank: cpusPerRank) else {
      throw Refusal(
        .environment,
        "no node has \(cpusPerRank) CPUs for a rank, as Slurm counts them: SLURM_JOB_CPUS_PER_NODE="
          + "'\(list)'")
    }
    return room
  }

  /// The variables that the ranks get, if they are set.
  private static func variables(_ environment: [String: String]) -> [String] {
    let names = ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"]
    let families = ["SRELU_", "OMPI_MCA_", "PMIX_MCA_", "UCX_"]
    return environment.keys.sorted().filter { name in
      names.contains(name) || families.contains(where: name.hasPrefix)
    }
  }

  /// The command that starts the ranks.
  private func launcher(
    _ ranks: Int, _ room: SlurmNodes.Room, cpusPerRank: Int,
    _ environment: inout [String: String]
  ) throws(Refusal) -> RankLauncher {
    // Set here so that it is passed on; each run gives it its value.
    environment[EnvironmentVariable.folderFile] = ""
    // srun ends with 1 if a node is lost.
    var launcher = RankLauncher(words: [], ranksHere: 1, passing: [1])
    if try usesSrun(&environment) {
      OpenMPIParameters().export(to: &environment)
      // Block by block, neighbours in rank fill a node, and in it a socket, before the next one: they train one
      // trial together, through its memory.
      launcher.words = [
        "srun", "--mpi=pmix", "--ntasks=\(ranks)", "--cpus-per-task=\(cpusPerRank)",
        "--cpu-bind=cores", "--distribution=block:block", "--kill-on-bad-exit=1",
        "--export=\(Self.variables(environment).joined(separator: ","))",
      ]
      return launcher
    }
    // mpirun would take a node's hyperthreads for places too. Where sbatch was told how many ranks, it has
    // spread them.
    if environment["SLURM_NTASKS"] != "\(ranks)" {
      environment["SLURM_TASKS_PER_NODE"] = room.tasksPerNode
    }
    var mpi = try OpenMPIParameters(ranks: ranks, environment: environment, console: console)
    mpi.bind(threads: arguments.threads)
    mpi.pass(Self.variables(environment))
    launcher.words = ["mpirun"] + mpi.options
    return launcher
  }

  private func usesSrun(_ environment: inout [String: String]) throws(Refusal) -> Bool {
    let asked = environment["SRELU_LAUNCHER"] ?? ""
    switch asked {
    case "srun": return true
    case "mpirun": return false
    case "":
      let plugins = ChildProcess.output(["srun", "--mpi=list"], environment: environment).text
      let hasPMIx = plugins.contains(/\bpmix\b/)
      if !hasPMIx { console.say("Slurm has no PMIx here: mpirun starts the ranks") }
      environment["SRELU_LAUNCHER"] = hasPMIx ? "srun" : "mpirun"
      return hasPMIx
    default: throw Refusal(.usage, "SRELU_LAUNCHER must be srun or mpirun, not '\(asked)'")
    }
  }

  /// All nodes must see what each reads, and the folder of the results, since the job may resume on another node.
  private func checkNodes(_ config: String, _ environment: [String: String]) throws(Refusal) {
    let named = environment["SLURM_JOB_NUM_NODES"] ?? ""
    let nodes = try JobArguments.wholeNumber(
      "SLURM_JOB_NUM_NODES", named.isEmpty ? "1" : named, atLeast: 1)
    if nodes == 1 { return }
    var place = arguments.output ?? "\(repository)/runs"
    while !Paths.isFolder(place) { place = (place as NSString).deletingLastPathComponent }
    var marker = Array("\(place)/.srelu-seen.XXXXXX".utf8CString)
    let descriptor = mkstemp(&marker)
    guard descriptor >= 0 else {
      throw Refusal(.cannotWrite, "cannot write in \(place), where the results go")
    }
    close(descriptor)
    let path = String(decoding: marker.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let script = """
      for path; do
        [[ -r $path ]] || { printf "%s cannot read %s\\n" "$(uname -n)" "$path" >&2; exit 1; }
      done
      """
    let said = ChildProcess.output(
      [
        "srun", "--mpi=none", "--ntasks=\(nodes)", "--ntasks-per-node=1", "--export=PATH", "bash",
        "-c", script, "bash", path, config, program,
      ], environment: environment)
    unlink(path)
    guard said.status != 0 else { return }
    for line in said.text.split(separator: "\n") { console.say(Console.foreign(line.utf8)) }
    throw Refusal(
      .environment,
      "the program, the config and the results must lie on a file system that all nodes share (srun's "
        + "messages above say what is missing where)")
  }

  // MARK: - Queueing again

  /// Requeues this job, unless Slurm is ending it: it was cancelled, or is requeued already.
  private func requeue(_ job: SlurmJob, _ study: String?) {
    let said = ChildProcess.output(
      ["squeue", "--noheader", "--jobs=\(job.id)", "--format=%T"], environment: environment,
      joinsErrors: false)
    let state = said.text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard said.status == 0, state == "RUNNING" else {
      return console.say("not requeued: the job is \(said.status == 0 ? state : "unknown")")
    }
    guard mayRequeue(job, study) else {
      return console.say(
        "not requeued: \(arguments.maxRequeues) times without progress; submit it again to resume"
      )
    }
    console.say("requeueing the job, to resume from the checkpoints")
    // Slurm now ends what is left of this run.
    for number in [SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
    if ChildProcess.run(["scontrol", "requeue", job.id], environment: environment) != 0 {
      console.say(
        "Slurm did not requeue it (its reason is above); submit it again to resume")
    }
  }

  /// Without a study there is no progress to measure, so all restarts count, including Slurm's own.
  private func mayRequeue(_ job: SlurmJob, _ study: String?) -> Bool {
    guard let study else { return job.restarts < arguments.maxRequeues }
    let progress = (try? StudyReader(folder: study).state().progress) ?? 0
    return RequeueLedger(folder: study, job: job.id)
      .allows(progress: progress, atMost: arguments.maxRequeues)
  }
}
