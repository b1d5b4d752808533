import Cluster
import DataParallel
import Experiments
import Health
import MPI
import NeuralNet
import Storage

/// Receives a session's progress, which is shown on rank 0.
package protocol StudyAudience: Sendable {
  /// A line that isn't about a trial.
  func note(_ text: String)
  /// Trials, before any event names them.
  func introduce(_ trials: [QueuedTrial])
  /// An event with the state of the study; called on the coordinator's thread.
  func show(_ event: StudyEvent, _ counts: StudyCounts)
}

/// A study on all ranks of a job: places the ranks, loads the data, plans the trials and trains them.
package struct StudySession {
  private let order: StudyOrder
  private let job: JobHealth
  private let stop: StopFlag
  private let version: String
  private let audience: any StudyAudience

  /// - Parameters:
  ///   - order: the same on all ranks.
  ///   - stop: this rank's.
  ///   - version: the program's.
  package init(
    _ order: StudyOrder, on job: JobHealth, stop: StopFlag, version: String,
    audience: any StudyAudience
  ) {
    self.order = order
    self.job = job
    self.stop = stop
    self.version = version
    self.audience = audience
  }

  /// Trains what is missing; collective over the job.
  /// - Returns: how the study ended, the same on every rank.
  /// - Throws: `AgreedFailure`, on every rank, where it can't begin; `MPIError`.
  package func run() throws -> StudySummary {
    let study = order.study
    try job.agreeing {
      try StudyError.check(ranksPerTrial: study.ranksPerTrial, ranks: job.world.size)
    }
    let hosts = try JobHosts(job, study, version: version)
    let world = try Placement.arrange(job.world, order: hosts.order)
    let store = try DataStore(world: world)
    func free() throws {
      job.meet()
      try store.free()
      try world.free()
    }
    let plan: StudyPlan
    do {
      plan = try prepare(hosts, store, world)
    } catch let failure as AgreedFailure {
      try free()
      throw failure
    }
    if world.rank == 0 {
      announce(trials: plan.trials.count + study.trialsToCome, ranks: world.size, hosts)
    }
    let runner = TrialRunner(study, folder: order.folder)
    let compute = Compute(hosts.instructionSet, threads: study.threadsPerRank)
    let summary = try runStudy(
      world: world, ranksPerTrial: study.ranksPerTrial, plan: plan, stop: stop,
      heartbeat: job.heartbeat, coordinatorHeartbeat: job.coordinator
    ) { trial, group, reporter in
      try runner.train(
        trial, data: store.data(for: trial),
        on: RankContext(group, compute: compute, heartbeat: job.heartbeat),
        pauseAfter: reporter.pauseAfter, lock: reporter.lock, observer: reporter)
    }
    try free()
    return summary
  }

  /// Loads the data and, on rank 0, plans the trials; collective over the job.
  private func prepare(_ hosts: JobHosts, _ store: DataStore, _ world: Communicator) throws
    -> StudyPlan
  {
    let study = order.study
    let trials = study.coveringTrials
    let named = Set(trials.map(\.dataset))
    let missing = try StudyData.load(
      study.datasets.filter(named.contains), policy: study.whenDataMissing, search: order.search,
      into: store, job: job, world: world, hosts: hosts, check: stop.check, note: audience.note)
    try job.agreeing { if world.rank == 0 { try store.checkValues(trials) } }
    let costs = try job.agreeing {
      let costs = try StudyCosts(trials) {
        missing[$0.name] == nil ? store.shape(of: $0) : nil
      }
      try hosts.here { try StudyMemory(study, trials, costs, ranks: hosts.ranksHere).check() }
      return costs
    }
    let network = hosts.count > 1 ? try InterconnectProbe(world, rounds: 7).model : nil
    return try job.agreeing {
      try stop.check()
      // Nobody else needs the journal's past, or the digests of the data.
      guard world.rank == 0 else {
        return StudyPlan(config: study, folder: order.folder, trials: [])
      }
      var plan = order.plan(
        costs, missing: missing,
        model: ScalingModel(network: network, ranksPerHost: hosts.ranksPerHost),
        observer: audience.show)
      plan.introduce = audience.introduce
      plan.environment = RunEnvironment.values(study, search: order.search, version: version)
      if hosts.count > 1 {
        plan.environment["hosts"] = Set(hosts.names).sorted().joined(separator: ", ")
      }
      return plan
    }
  }

  private func announce(trials: Int, ranks: Int, _ hosts: JobHosts) {
    func counted(_ count: Int, _ noun: String) -> String {
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    let study = order.study
    audience.note(
      "study \(study.name): \(counted(trials, "trial")) on \(counted(ranks, "rank")) "
        + (hosts.count > 1 ? "of \(hosts.count) hosts " : "")
        + "in \(counted(ranks / study.ranksPerTrial, "group")) of \(study.ranksPerTrial), "
        + "\(hosts.instructionSet.rawValue), results in \(order.folder)")
    for note in hosts.notes + order.notes + EqualFunctions.notes(study.activations) {
      audience.note(note)
    }
  }
}
