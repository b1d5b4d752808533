import Coordinator
import DataParallel
import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet
import Reports

/// What a run is to do, as the first rank read it.
struct StudyOrder: Codable {
  /// The study as canonical YAML.
  var yaml: String
  var folder: String
  var search: DatasetSearch

  var retry: RetryPolicy

  init(study: StudyConfig, folder: String, search: DatasetSearch, retry: RetryPolicy = .failed) {
    yaml = study.yaml
    self.folder = folder
    self.search = search
    self.retry = retry
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
  }

  /// Trains what is missing and says how it went; collective over `world`.
  ///
  /// - Returns: the code to leave with.
  func run(_ world: Communicator) throws -> ExitCode {
    let ending = try train(world) { ending in
      if world.rank == 0 { finish(ending.summary, ending.study) }
    }
    return ending.summary.exitCode
  }

  /// Trains what is missing, and shows progress unless told to be quiet; collective over `world`.
  /// - Parameter tell: says what came of it. From here on the ranks leave within seconds, so what may
  ///   take long, such as reading a journal and printing into a pager, has to be done before.
  func train(_ world: Communicator, tell: (Ending) -> Void = { _ in }) throws -> Ending {
    let health = try Health(world)
    do {
      let ending = try train(world, health)
      health.heartbeat.beat(.away, step: 0)
      tell(ending)
      try health.close()
      return ending
    } catch {
      health.abandon()
      throw error
    }
  }

  private func train(_ job: Communicator, _ health: Health) throws -> Ending {
    let study = try Job.agreeing(job) {
      let study = try StudyConfig(yaml: order.yaml, file: "study.yaml", baseDirectory: "/")
      try StudyError.check(ranksPerTrial: study.ranksPerTrial, ranks: job.size)
      return study
    }
    let hosts = try JobHosts(job, study)
    let instructionSet = hosts.instructionSet
    let world = try Placement.arrange(job, order: hosts.order)
    setMatrixThreads(study.threadsPerRank)
    let printer = ProgressPrinter(level: world.rank == 0 ? level : .quiet)
    let store = try DataStore(world: world)
    let used = study.datasets.filter { spec in study.trials.contains { $0.dataset == spec } }
    let missing = try StudyData.load(
      used, policy: study.whenDataMissing, search: order.search, into: store, world: world,
      hosts: hosts, note: printer.note)
    let network = try NetworkProbe.measure(world, nodes: hosts.count)
    let plan = try Job.agreeing(world) {
      try self.plan(study, store, missing, hosts, network, printer)
    }
    if world.rank == 0 { announce(plan, study, world, hosts, printer) }
    Interruption.watch()
    let summary = try runStudy(
      world: world, ranksPerTrial: study.ranksPerTrial, plan: plan, stop: Interruption.flag,
      heartbeat: health.heartbeat, leaderHeartbeat: health.leader
    ) { trial, group, reporter in
      try train(
        trial, on: group, study: study, data: store.data(for: trial), set: instructionSet,
        reporter, health.heartbeat)
    }
    try store.free()
    try world.free()
    printer.close()
    return Ending(summary: summary, study: study)
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
        options.checkpoints = StudyFolder.checkpoints(of: trial.id, in: order.folder)
      } else {
        try reporter.note(
          "\(LockOwner.current.host) doesn't see \(order.folder): no checkpoints from there")
      }
    }
    var corruptions = 0
    while true {
      do {
        return try Trainer(
          trial, data: data, group: group, instructionSet: set, observer: reporter,
          options: options
        ).run()
      } catch let mismatch as ReplicaMismatch {
        // All ranks of the group see it, so they all come here.
        corruptions += 1
        if corruptions == Self.corruptionLimit { throw mismatch }
        try reporter.note("\(mismatch) The trial goes on from its last checkpoint.")
      }
    }
  }

  /// So often in one trial is no stray bit any more.
  private static let corruptionLimit = 3

  private func plan(
    _ study: StudyConfig, _ store: DataStore, _ missing: [String: String], _ hosts: JobHosts,
    _ network: NetworkModel?, _ printer: ProgressPrinter
  ) throws -> StudyPlan {
    var skipped: [String: String] = [:]
    var costs: [String: TrialCost] = [:]
    for trial in study.trials {
      if let reason = missing[trial.dataset.name] {
        skipped[trial.id] = reason
        continue
      }
      let shape = store.shape(of: trial.dataset)
      guard let cost = TrialCost(trial, on: shape) else {
        throw ImpossibleTrial(trial: trial, shape: shape)
      }
      costs[trial.id] = cost
    }
    let pace = pace(study, costs, network: network, ranksPerNode: hosts.ranksPerNode)
    let trials = study.trials.map { trial in
      QueuedTrial(trial, cost: pace.seconds(QueuedTrial(trial, cost: 0), groups: 1))
    }
    var plan = StudyPlan(
      config: study, folder: order.folder, trials: trials, skipped: skipped,
      halving: study.search.flatMap {
        $0.method == .asha ? SuccessiveHalving($0, trials: study.searchedTrials) : nil
      },
      retriesFailed: order.retry == .failed,
      observer: { [self] event, counts in
        if event == .studyStarted { tellLauncher() }
        printer.show(event, counts)
      })
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
    _ study: StudyConfig, _ costs: [String: TrialCost], network: NetworkModel?, ranksPerNode: Int
  ) -> StudyPace {
    var model = PaceModel(ScalingModel(network: network, ranksPerNode: ranksPerNode))
    if let state = try? StudyReader(folder: order.folder).state() {
      model.learn(study.trials, costs, from: state)
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
  private func tellLauncher() {
    guard let file = ProcessInfo.processInfo.environment["SRELU_FOLDER_FILE"] else { return }
    let here = FileManager.default.currentDirectoryPath
    let folder = order.folder.hasPrefix("/") ? order.folder : "\(here)/\(order.folder)"
    try? Data(folder.utf8).write(to: URL(fileURLWithPath: file))
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  private func finish(_ summary: StudySummary, _ study: StudyConfig) {
    if let problem = summary.problem {
      Failure(Job.AgreedFailure(description: problem, exitCode: summary.exitCode)).say()
      return
    }
    do {
      let report = try StudyReader(folder: order.folder).report(study)
      print(json ? try report.json() : report.text)
      // Into a pipe it goes at once only if told: at the exit there is no time to wait for a reader.
      fflush(nil)
    } catch {
      Failure(error).say()
    }
    if summary.exitCode == .interrupted {
      Failure(
        Job.AgreedFailure(
          description: "interrupted with \(summary.trials.left) trials left; run the same command "
            + "again to go on", exitCode: .interrupted)
      ).say()
    }
  }
}

/// A network that the samples of a user's own data set don't fit.
struct ImpossibleTrial: ReportableError {
  let trial: Trial
  let shape: DatasetShape
  var description: String {
    "\(trial.label): \(trial.architecture.obstacle(for: shape.input) ?? "it doesn't fit the data")."
  }
  var exitCode: ExitCode { .usage }
}
