import Checks
import Glibc
import Support

/// launch/slurm under a real Slurm of two nodes.
final class SlurmChecks {
  private let place: Workplace
  private let cluster: SlurmCluster
  private var checks: Checks { place.checks }
  /// What a job may take before it counts as hung.
  private let deadline = Duration.seconds(150)

  private init(_ place: Workplace, _ cluster: SlurmCluster) {
    (self.place, self.cluster) = (place, cluster)
    place.write("wide.csv", Table.likeWDBC())
  }

  /// Where there can be a Slurm: in its namespaces.
  static func enter(_ place: Workplace) {
    if let obstacle = SlurmCluster.obstacle(place) {
      return place.checks.skipped("under Slurm", obstacle)
    }
    SlurmCluster.enter(place)
  }

  static func runInside(_ place: Workplace) {
    let cluster = SlurmCluster(place)
    if let reason = cluster.start() {
      say(reason)
      return place.checks.skipped(
        "under Slurm", "Slurm does not start here (what it said is above)")
    }
    let checks = SlurmChecks(place, cluster)
    checks.checkTimeLimit()
    checks.writeStudy("short", epochs: 60, ranksPerTrial: 2)
    checks.writeStudy("pairs", epochs: 20, ranksPerTrial: 2)
    for name in ["short", "pairs"] { checks.runUndisturbed(name) }
    checks.checkKilledRank()
    checks.checkSignal("srun", [])
    checks.checkSignal("mpirun", ["--batch"])
    checks.checkNoProgress()
    for launcher in ["srun", "mpirun"] { checks.checkCancelling(launcher) }
    checks.checkTermination()
    checks.checkRefusals()
    checks.checkLoneRanks()
  }

  // MARK: - Jobs

  /// Six trials.
  private func writeStudy(_ name: String, epochs: Int, ranksPerTrial: Int) {
    place.write(
      "\(name).yaml",
      """
      name: \(name)
      datasets: [{name: table, csv: \(place.path("wide.csv")), label: kind}]
      architectures: [ffnn]
      activations: [relu, srelu]
      seeds: [0, 1, 2]
      training: {epochs: {table: \(epochs)}}
      ranks-per-trial: \(ranksPerTrial)

      """)
  }

  /// The study run by mpirun alone, outside of Slurm.
  private func runUndisturbed(_ name: String) {
    let outcome = place.sweep(
      "\(name).yaml", "--log-level", "quiet", output: "\(name)-undisturbed"
    ).with(cluster.variables).within(deadline).run()
    checks.expect("undisturbed \(name)", outcome.status == 0, orElse: outcome.text)
  }

  private func submit(
    _ study: String, _ folder: String, _ flags: [String] = [], config: String? = nil,
    launcher: [String] = [], variables: [String: String?] = [:]
  ) -> SlurmJob {
    let log = place.path("\(folder).log")
    let submitted = cluster.slurm(
      ["sbatch", "--parsable", "--output=\(log)"] + flags
        + ["\(place.repository)/launch/slurm", config ?? place.path("\(study).yaml")]
        + ["--output-dir", place.path(folder)] + launcher
    ).with(variables).run()
    return SlurmJob(
      number: submitted.lines.last.map(String.init) ?? "", cluster: cluster, folder: folder,
      log: log)
  }

  private func journal(_ job: SlurmJob) -> [Substring] {
    place.text("\(job.folder)/journal.jsonl").split(separator: "\n")
  }

  private func awaitTraining(_ job: SlurmJob) {
    awaited(every: .milliseconds(200)) {
      journal(job).contains { $0.contains(/"event":"(epoch|progress)"/) } || job.hasEnded
    }
  }

  // MARK: - What jobs come to

  private func end(of job: SlurmJob) -> String {
    Files.text(job.log).split(separator: "\n").suffix(20).joined(separator: "\n")
  }

  /// The ranks have written checkpoints and left with 75.
  private func expectEndedInOrder(_ name: String, _ job: SlurmJob) {
    let last = journal(job).last ?? ""
    checks.expect(
      "\(name): the ranks ended in order",
      last.contains("\"code\":75") && last.contains("\"closed\""), orElse: "\(last)")
    let files = Files.all(place.path("\(job.folder)/trials"))
    checks.expect(
      "\(name): there are checkpoints", files.contains { $0.hasSuffix("/checkpoint.safetensors") },
      orElse: "\(files.prefix(20))")
  }

  /// The job has left with 75 and waits to start again.
  private func awaitRequeue(_ name: String, _ job: SlurmJob) {
    let isQueued = awaited(.seconds(90), every: .milliseconds(200)) { job.field("Restarts") == "1" }
    checks.expect(
      "\(name): queued again", isQueued, orElse: "it is \(job.field("JobState")): \(end(of: job))")
    if isQueued { expectEndedInOrder(name, job) }
  }

  private func expectEnded(
    _ name: String, _ job: SlurmJob, _ state: String, code: ExitCode, restarts: Int
  ) {
    if !awaited(deadline, every: .milliseconds(200), { job.hasEnded }) {
      checks.failed("\(name): ends", "it is \(job.field("JobState")): \(end(of: job))")
      job.cancel()
    }
    checks.expect("\(name): state", state, job.field("JobState"))
    checks.expect("\(name): exit code", "\(code.rawValue):0", job.field("ExitCode"))
    checks.expect("\(name): times queued again", "\(restarts)", job.field("Restarts"))
    if job.field("JobState") != state { say(end(of: job)) }
  }

  /// All trials are done once, with the bytes of the undisturbed study.
  private func expectFinished(_ name: String, _ job: SlurmJob, _ study: String) {
    checks.expect(
      "\(name): trials finished", 6, journal(job).count { $0.contains("\"event\":\"finished\"") })
    place.expectSameModels("\(name): the same models", "\(study)-undisturbed", job.folder, count: 6)
    let left = Files.all(place.path(job.folder)).filter { path in
      let name = path.split(separator: "/").last ?? ""
      return ["checkpoint", "slurm-"].contains(where: name.hasPrefix)
        || name.hasSuffix(".partial") || name == "lock"
    }
    checks.expect("\(name): nothing left in the folder", [], left)
  }

  private func expectSaid(_ name: String, _ text: String, _ job: SlurmJob) {
    checks.expect(name, Files.text(job.log).contains(text), orElse: end(of: job))
  }

  // MARK: - Checks

  /// Slurm looks at time limits every 30 s, and sends the signal then. The job starts a few seconds before, and
  /// trains for longer than that.
  private func checkTimeLimit() {
    writeStudy("long", epochs: 800, ranksPerTrial: 1)
    runUndisturbed("long")
    func timesChecked() -> Int {
      Files.text(cluster.controllerLog).matches(of: /Testing job time limits/).count
    }
    let before = timesChecked()
    awaited(.seconds(40), every: .milliseconds(200)) { timesChecked() > before }
    pauseFor(.seconds(21))
    let name = "time limit"
    let job = submit("long", "limited", ["--nodes=2", "--time=1", "--signal=B:USR1@45"])
    awaitRequeue(name, job)
    _ = cluster.slurm("scontrol", "update", "JobId=\(job.number)", "TimeLimit=10").run()
    expectEnded(name, job, "COMPLETED", code: .done, restarts: 1)
    expectFinished(name, job, "long")
    expectSaid("\(name): four ranks", "on 4 ranks", job)
    checks.expect(
      "\(name): the report", place.size("limited/report/index.html") > 0, orElse: end(of: job))
  }

  private func checkKilledRank() {
    let job = submit("short", "killed", ["--nodes=1"], launcher: ["--no-report"])
    awaitTraining(job)
    let ranks = job.ranks(in: place).map(\.process).sorted()
    checks.expect("killed rank: there is one", ranks.count > 1, orElse: end(of: job))
    if let rank = ranks.dropFirst().first { kill(rank, SIGKILL) }
    expectEnded("killed rank", job, "COMPLETED", code: .done, restarts: 0)
    expectSaid("killed rank: started again", "restarting in 1 s", job)
    expectFinished("killed rank", job, "short")
  }

  /// Two ranks, on two nodes, started by srun or by mpirun. (With --export Slurm would run the user's login shell
  /// first, which may wait for something.)
  private func submitPair(_ folder: String, _ launcher: String?) -> SlurmJob {
    let job = submit(
      "pairs", folder, ["--nodes=2", "--ntasks=2"], launcher: ["--no-report"],
      variables: ["SRELU_LAUNCHER": launcher])
    awaitTraining(job)
    return job
  }

  /// SIGUSR1 in the middle of a study whose groups span two nodes, from scancel with these flags: to the ranks, or
  /// to the batch script alone.
  private func checkSignal(_ launcher: String, _ flags: [String]) {
    let job = submitPair("pairs-\(launcher)", launcher)
    let nodes = job.ranks(in: place).map {
      Command(["readlink", "/proc/\($0.process)/ns/uts"]).run().text
    }
    checks.expect("\(launcher): nodes", 2, Set(nodes).count)
    _ = cluster.slurm(["scancel"] + flags + ["--signal=USR1", job.number]).run()
    awaitRequeue(launcher, job)
    expectEnded(launcher, job, "COMPLETED", code: .done, restarts: 1)
    expectFinished(launcher, job, "pairs")
  }

  private func checkNoProgress() {
    let job = submit(
      "short", "stuck", ["--nodes=1"], launcher: ["--no-report", "--max-requeues", "2"])
    awaitTraining(job)
    // As if it had been queued again twice already, with as much done as there is.
    place.write("stuck/slurm-requeues", "\(job.number) 999999999 2\n")
    job.cancel("--batch", "--signal=USR1")
    expectEnded("no progress", job, "FAILED", code: .interrupted, restarts: 0)
    expectSaid("no progress: says so", "2 times without progress", job)
  }

  /// Slurm sends SIGTERM, to the ranks where srun started them, and to the batch script; what is left later it
  /// kills.
  private func checkCancelling(_ launcher: String) {
    let name = "cancelled, \(launcher)"
    let job = submitPair("cancelled-\(launcher)", launcher)
    job.cancel()
    awaited { job.hasEnded }
    let leave = awaited(.seconds(20)) { job.ranks(in: place).isEmpty }
    checks.expect("\(name): ranks leave", leave, orElse: "\(job.ranks(in: place))")
    checks.expect("\(name): state", "CANCELLED", job.field("JobState"))
    checks.expect("\(name): times queued again", "0", job.field("Restarts"))
    expectEndedInOrder(name, job)
  }

  /// SIGTERM to the ranks alone, as at a time limit that nobody was told of before.
  private func checkTermination() {
    let name = "SIGTERM to the ranks"
    let job = submitPair("terminated", nil)
    job.cancel("--signal=TERM")
    awaitRequeue(name, job)
    expectEnded(name, job, "COMPLETED", code: .done, restarts: 1)
    expectFinished(name, job, "pairs")
  }

  private func checkRefusals() {
    let missing = submit("missing", "missing")
    expectEnded("no config", missing, "FAILED", code: .usage, restarts: 0)
    expectSaid(
      "no config: says so", "cannot read the config \(place.path("missing.yaml"))", missing)
    let name = "a config on one node alone"
    place.copy("short.yaml", "/dev/shm/here.yaml")
    let unshared = submit("", "unshared", ["--nodes=2"], config: "/dev/shm/here.yaml")
    expectEnded(name, unshared, "FAILED", code: .environment, restarts: 0)
    expectSaid("\(name): says where", "n2 cannot read /dev/shm/here.yaml", unshared)
    writeStudy("wrong", epochs: 0, ranksPerTrial: 1)
    let wrong = submit("wrong", "wrong", launcher: ["--no-report"])
    expectEnded("a wrong config", wrong, "FAILED", code: .usage, restarts: 0)
  }

  private func checkLoneRanks() {
    place.check(
      "srun --mpi=none", .environment, "srun --mpi=pmix",
      cluster.slurm(
        "srun", "--mpi=none", "--ntasks=2", "--nodes=1", "\(place.products)/srelu", "sweep",
        place.path("short.yaml"), "--output-dir", place.path("lone")))
  }
}
