import Cluster
import Coordinator
import DataParallel
import Datasets
import Experiments
import Foundation
import Health
import MPI
import NeuralNet
import Reports
import Storage
import Support

/// What a run is to do, as the first rank read it.
struct StudyOrder: Codable {
  /// The study as canonical YAML.
  var yaml: String
  var folder: String
  var search: DatasetSearch

  var retry: RetryPolicy

  /// Whether the folder may be another user's.
  var allowsForeignFolder: Bool

  init(
    study: StudyConfig, folder: String, search: DatasetSearch, retry: RetryPolicy = .failed,
    allowsForeignFolder: Bool = false
  ) {
    yaml = study.yaml
    self.folder = folder
    self.search = search
    self.retry = retry
    self.allowsForeignFolder = allowsForeignFolder
  }
}

/// Runs a study on all ranks of a job and prints the comparison.
struct StudyRun {
  private let order: StudyOrder
  private let level: LogLevel
  private let json: Bool

  init(_ order: StudyOrder, level: LogLevel, json: Bool) {
    self.order = order
    self.level = json ? .quiet : level
    self.json = json
  }

  /// How a run ended, and what it ran.
  struct Ending {
    let summary: StudySummary
    let study: StudyConfig
    /// Why trials failed or were skipped, as far as the progress has told it in full.
    let reasonsSaid: Set<String>
  }

  /// Trains what is missing and says how it went; collective over `world`.
  ///
  /// - Returns: the code to leave with.
  func run(_ world: Communicator) throws -> ExitCode {
    var lost: Output.CannotWrite?
    let ending = try train(world) { ending in
      if world.rank == 0 { lost = finish(ending) }
    }
    // What the study came to goes before what could be said of it.
    return ending.summary.exitCode == .done && lost != nil ? .cannotWrite : ending.summary.exitCode
  }

  /// Trains what is missing, and shows progress unless told to be quiet; collective over `world`.
  /// - Parameter tell: says what came of it, while the other ranks wait asleep.
  func train(_ world: Communicator, tell: (Ending) -> Void = { _ in }) throws -> Ending {
    guard let health = Job.health else { preconditionFailure("a study outside of a job") }
    let ending = try train(world, health)
    // What it has come to stands, whatever happens to its ranks from here on.
    JobWatch.keep(ending.summary.exitCode.rawValue)
    health.beginFiles()
    tell(ending)
    return ending
  }

  private func train(_ job: Communicator, _ health: JobHealth) throws -> Ending {
    let study = try Job.agreeing(job) {
      let study = try StudyConfig(yaml: order.yaml, file: "study.yaml", baseDirectory: "/")
      try StudyError.check(ranksPerTrial: study.ranksPerTrial, ranks: job.size)
      return study
    }
    let hosts = try JobHosts(job, study)
    let world = try Placement.arrange(job, order: hosts.order)
    setMatrixThreads(study.threadsPerRank)
    let printer = ProgressPrinter(level: world.rank == 0 ? level : .quiet)
    let store = try DataStore(world: world)
    func free() throws {
      health.meet()
      try store.free()
      try world.free()
    }
    let plan: StudyPlan
    do {
      plan = try prepare(study, hosts, store, world, printer)
    } catch let failure as Job.AgreedFailure {
      try free()
      throw failure
    }
    if world.rank == 0 {
      printer.introduce(plan.trials)
      announce(plan, study, world, hosts, printer)
    }
    let summary = try runStudy(
      world: world, ranksPerTrial: study.ranksPerTrial, plan: plan, stop: Interruption.flag,
      heartbeat: health.heartbeat, leaderHeartbeat: health.leader
    ) { trial, group, reporter in
      try train(
        trial, on: group, study: study, data: store.data(for: trial), set: hosts.instructionSet,
        reporter, health.heartbeat)
    }
    try free()
    printer.close()
    return Ending(summary: summary, study: study, reasonsSaid: printer.reasonsSaid)
  }

  /// Loads the data and plans the trials; collective over `world`.
  private func prepare(
    _ study: StudyConfig, _ hosts: JobHosts, _ store: DataStore, _ world: Communicator,
    _ printer: ProgressPrinter
  ) throws -> StudyPlan {
    let trials = study.trials
    let named = Set(trials.map(\.dataset))
    let used = study.datasets.filter(named.contains)
    let missing = try StudyData.load(
      used, policy: study.whenDataMissing, search: order.search, into: store, world: world,
      hosts: hosts, note: printer.note)
    try Job.agreeing(world) { if world.rank == 0 { try store.checkValues(trials) } }
    let costs = try Job.agreeing(world) {
      let costs = try StudyCosts(trials) {
        missing[$0.name] == nil ? store.shape(of: $0) : nil
      }
      try hosts.here {
        try checkMemory(trials, costs, hosts, world)
        try requireMemory(study, trials, parameters: costs.mostParameters, ranks: hosts.ranksHere)
      }
      return costs
    }
    let network = try NetworkProbe.measure(world, nodes: hosts.count)
    return try Job.agreeing(world) {
      try Interruption.check()
      return self.plan(study, trials, costs, missing, hosts, network, printer)
    }
  }

  /// Throws where this host's memory for ranks to share is too small for the networks of its groups.
  private func requireMemory(
    _ study: StudyConfig, _ trials: [Trial], parameters: Int, ranks: Int
  ) throws {
    // Groups of one rank may join for the last trials.
    let members = study.widensGroups ? ranks : min(ranks, study.ranksPerTrial)
    guard study.gradientExchange == .sharded, members > 1 else { return }
    let slots = trials.map(\.training.optimizerSlots).max() ?? 0
    let bytes = Replica.sharedBytes(ranks: members, parameters: parameters, slots: slots)
    try SharedMemory.require(ranks / members * bytes, ranks: ranks)
  }

  /// Trains one trial, from its last checkpoint where it has one, and again from there where a
  /// replica went wrong.
  private func train(
    _ trial: Trial, on group: Communicator, study: StudyConfig, data: TrialData,
    set: InstructionSet, _ reporter: TrialReporter, _ heartbeat: Heartbeat
  ) throws -> TrainedTrial {
    var options = TrainerOptions()
    options.exchange = study.gradientExchange
    options.checkpointSeconds = study.checkpointSeconds
    options.verifySteps = study.verifySteps
    options.pauseAfter = reporter.pauseAfter
    options.heartbeat = heartbeat
    if group.rank == 0 {
      if FileManager.default.fileExists(atPath: order.folder + "/study.yaml") {
        options.checkpoints = StudyFolder.checkpoints(
          of: trial.id, in: order.folder, lock: reporter.lock)
      } else {
        try reporter.note(
          "\(HostName.own) doesn't see \(order.folder): no checkpoints from there")
      }
    }
    return try TrialRunner.run(note: reporter.note) {
      try Trainer(
        trial, data: data, group: group, instructionSet: set, observer: reporter, options: options
      ).run()
    }
  }

  /// Whether this host has the memory that its ranks need to train the largest trial, all at once.
  private func checkMemory(
    _ trials: [Trial], _ costs: StudyCosts, _ hosts: JobHosts, _ job: Communicator
  ) throws {
    let needs = trials.compactMap { trial in
      costs[trial].map {
        (
          trial,
          MemoryNeed.bytes(
            $0.model, slots: trial.training.optimizerSlots, batch: $0.batchSize,
            ranks: hosts.ranksPerTrial)
        )
      }
    }
    guard let (trial, bytes) = needs.max(by: { $0.1 < $1.1 }) else { return }
    let node = hosts.nodes[job.rank]
    try MemoryNeed.check(
      bytes, of: "training \(trial.label)", ranksHere: hosts.nodes.count { $0 == node })
  }

  private func plan(
    _ study: StudyConfig, _ trials: [Trial], _ costs: StudyCosts, _ missing: [String: String],
    _ hosts: JobHosts, _ network: NetworkModel?, _ printer: ProgressPrinter
  ) -> StudyPlan {
    var skipped: [String: String] = [:]
    for trial in trials { skipped[trial.id] = missing[trial.dataset.name] }
    let pace = pace(study, trials, costs, network: network, ranksPerNode: hosts.ranksPerNode)
    var plan = StudyPlan(
      config: study, folder: order.folder, trials: pace.queued(trials), skipped: skipped,
      halving: study.search.flatMap {
        $0.method == .asha ? SuccessiveHalving($0, trials: study.searchedTrials) : nil
      },
      retriesFailed: order.retry == .failed,
      observer: { [self] event, counts in
        if case .opened = event { tellLauncher(printer) }
        printer.show(event, counts)
      })
    plan.allowsForeignFolder = order.allowsForeignFolder
    plan.environment = RunEnvironment.values(study, search: order.search)
    if hosts.count > 1 {
      plan.environment["hosts"] = Set(hosts.cards.map(\.host)).sorted().joined(separator: ", ")
    }
    plan.pace = pace
    if study.widensGroups { plan.secondsOnGroups = { pace.seconds($0, groups: $1) } }
    return plan
  }

  /// How long trials take: from their arithmetic, and from what the study has measured so far.
  private func pace(
    _ study: StudyConfig, _ trials: [Trial], _ costs: StudyCosts, network: NetworkModel?,
    ranksPerNode: Int
  ) -> StudyPace {
    var model = PaceModel(ScalingModel(network: network, ranksPerNode: ranksPerNode))
    if let state = try? StudyReader(folder: order.folder).state() {
      model.learn(trials, costs, from: state)
    }
    return StudyPace(model, costs: costs, ranksPerTrial: study.ranksPerTrial)
  }

  private func announce(
    _ plan: StudyPlan, _ study: StudyConfig, _ world: Communicator, _ hosts: JobHosts,
    _ printer: ProgressPrinter
  ) {
    let groups = world.size / study.ranksPerTrial
    printer.note(
      "study \(study.name): \(counted(plan.trials.count, "trial")) on \(counted(world.size, "rank")) "
        + (hosts.count > 1 ? "of \(hosts.count) hosts " : "")
        + "in \(counted(groups, "group")) of \(study.ranksPerTrial), "
        + "\(hosts.instructionSet.rawValue), results in \(order.folder)")
    for note in hosts.notes { printer.note(note) }
    if let draws = study.draws?.text { printer.note(draws) }
    let reader = StudyReader(folder: order.folder)
    if let state = try? reader.state() {
      let earlier = EarlierTrials(
        study, folder: order.folder, endings: state.endings, before: try? reader.study())
      for note in earlier.notes { printer.note(note) }
    }
  }

  /// Says in a file which folder the study is in, where a launcher that looks after it asks for that.
  private func tellLauncher(_ printer: ProgressPrinter) {
    guard let file = ProcessInfo.processInfo.environment["SRELU_FOLDER_FILE"] else { return }
    let here = FileManager.default.currentDirectoryPath
    let folder = order.folder.hasPrefix("/") ? order.folder : "\(here)/\(order.folder)"
    let fileSystem = POSIXFileSystem()
    do throws(SystemCallError) {
      let descriptor = try fileSystem.open(file, O_WRONLY | O_CREAT)
      defer { fileSystem.close(descriptor) }
      try fileSystem.truncate(descriptor, to: 0)
      try fileSystem.writeAll(descriptor, Array(folder.utf8))
    } catch {
      printer.note(
        "\(file), named by SRELU_FOLDER_FILE, can't be written: \(error.reason); the launcher doesn't "
          + "learn where the study is")
    }
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// Says how a study ended.
  /// - Returns: why not all of it, or not all of the progress before it, could be written.
  private func finish(_ ending: Ending) -> Output.CannotWrite? {
    let summary = ending.summary
    if let problem = summary.problem {
      Failure(Job.AgreedFailure(description: problem, exitCode: summary.exitCode)).say()
      return nil
    }
    let isInterrupted = summary.exitCode == .interrupted
    var lost: Output.CannotWrite?
    do {
      try Output.checkProgress()
      // Who has interrupted it wants to know what is left, and not to look for that below tables of
      // half the trials.
      if json || !isInterrupted {
        let text = try text(of: ending)
        // Into a pager, for as long as its reader likes.
        Job.health?.heartbeat.beat(.away, step: 0)
        try Output.write(text)
      }
    } catch let error as Output.CannotWrite {
      lost = error
      Failure(error).say()
      if !error.isReaderGone {
        Output.complain("srelu: what the study measured is in \(order.folder) all the same")
      }
    } catch {
      Failure(error).say()
    }
    if isInterrupted { Interruption.tell(left: summary.trials.left) }
    return lost
  }

  /// What came of the study; ends with a line break.
  private func text(of ending: Ending) throws -> String {
    let study = ending.study
    let reader = StudyReader(folder: order.folder)
    if json { return try ReportJSON.text(try reader.reported(subject: nil)) }
    let results = try reader.results(study, try reader.state())
    let report = StudyReport(results)
    guard let search = study.search else { return report.text(said: ending.reasonsSaid) }
    let summary = SearchSummary(results, search, draws: study.draws)
    return ([summary.text] + report.shortfalls(said: ending.reasonsSaid)).map { $0 + "\n" }.joined()
  }
}
