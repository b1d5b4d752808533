import Coordinator
import DataParallel
import Experiments
import Foundation
import Health
import MPI
import Storage
import Synchronization

// Studies of fake trials over real ranks. What the folder must hold follows from the trials' seeds.

let coordinatorProbes = [
  Probe("study: 40 trials, each once, on a whole group", body: probeStudy),
  Probe("study: failures have reasons, and only they run again", body: probeStudyFailuresAndRerun),
  Probe("study: a stop in the middle, and another run that ends it", body: probeStudyStop),
  Probe("study: impossible groups and foreign folders are refused", body: probeStudyRefusals),
  Probe("hosts: those that are heard of are left in peace", body: probeHosts),
  Probe("hosts: whoever stops first, no word is left on its way", body: probeLongWords),
]

func probeTrial(_ seed: UInt64) -> Trial {
  Trial(
    dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
    activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 1), seed: seed)
}

/// The outcome of a probe's trial on a group of `ranks`; its test loss is the sum of
/// `seed * (rank + 1)` over the group's ranks, which only an exchange between them gives.
func probeOutcome(_ seed: UInt64, loss: Double, ranks: Int) -> TrialOutcome {
  let scores = { (loss: Double) in
    ClassificationScores(loss: loss, accuracy: 0.5, precision: 0.5, recall: 0.5, f1: 0.5)
  }
  var confusion = ConfusionMatrix(classes: 2)
  confusion[1, 0] = Int64(seed)
  let epoch = EpochRecord(
    epoch: 1, trainLoss: Double(seed), trainAccuracy: 0.5, testLoss: loss, testAccuracy: 0.5,
    seconds: 0.001)
  return TrialOutcome(
    test: scores(loss), train: scores(Double(seed)), confusion: confusion,
    classNames: ["a", "b"], epochs: [epoch], ranks: ranks, seconds: 0.001)
}

func probePlan(
  _ folder: String, seeds: Range<UInt64>, observer: @escaping StudyObserver = { _, _ in }
) -> StudyPlan {
  StudyPlan(
    config: StudyConfig(
      name: "probe", datasets: [DatasetSpec(name: "wdbc")], architectures: [.ffnn],
      activations: [ActivationSpec(name: "relu")], seeds: Array(seeds),
      training: StudyConfig.TrainingAxes(epochs: ["wdbc": [1]])),
    folder: folder, trials: seeds.map { QueuedTrial(probeTrial($0), cost: Double($0 % 7)) },
    observer: observer)
}

/// What one rank does for a trial: sums over the group, then either fails, on all ranks or on the
/// last one alone, or succeeds. The model is larger than what MPI sends without a handshake.
private func pretend(
  _ trial: Trial, _ group: Communicator, _ reporter: TrialReporter, failing: Set<UInt64>,
  failingOnLast: Set<UInt64>
) throws -> TrainedTrial {
  Thread.sleep(forTimeInterval: Double(trial.seed % 5) / 1000)
  let loss = try group.allreduce(Double(trial.seed) * Double(group.rank + 1), .sum)
  if failing.contains(trial.seed) { throw ProbeFailure("seed \(trial.seed) fails") }
  if failingOnLast.contains(trial.seed), group.rank == group.size - 1 {
    throw ProbeFailure("seed \(trial.seed) fails at the end")
  }
  let outcome = probeOutcome(trial.seed, loss: loss, ranks: group.size)
  try reporter.epochFinished(outcome.epochs[0])
  return TrainedTrial(outcome: outcome, model: probeModel(trial.seed))
}

func probeModel(_ seed: UInt64) -> [UInt8] {
  let count = seed % 8 == 0 ? 100_000 : Int(seed)
  return (0..<count).map { UInt8(truncatingIfNeeded: Int(seed) &* 31 &+ $0) }
}

/// A folder that rank 0 makes for all and removes again.
func withSharedFolder(
  _ world: Communicator, _ body: (String) throws -> Void
) throws {
  let name = try world.broadcast(
    message: FileManager.default.temporaryDirectory
      .appendingPathComponent("multirank-\(UUID().uuidString)").path, root: 0)
  defer { if world.rank == 0 { try? FileManager.default.removeItem(atPath: name) } }
  try body(name)
}

/// Checks on rank 0 that a folder holds exactly these trials finished, each once, and its files.
private func checkFolder(
  _ folder: String, finished: [UInt64], failed: [UInt64], ranks: Int
) throws {
  let records = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records
  var endings: [String: Int] = [:]
  for case .ended(let summary) in records.map(\.event) { endings[summary.id, default: 0] += 1 }
  let expected = (finished + failed).map { probeTrial($0).id }
  for id in expected { try expect(endings[id] == 1, "\(id) ended \(endings[id] ?? 0) times") }
  try expect(endings.count == expected.count, "\(endings.count) trials ended")
  let state = JournalState.replay(records)
  try expect(state.running.isEmpty, "running still: \(state.running)")
  for seed in finished {
    let id = probeTrial(seed).id
    let loss = Double(seed) * Double(ranks * (ranks + 1)) / 2
    let summary = TrialSummary(probeTrial(seed), probeOutcome(seed, loss: loss, ranks: ranks))
    var found = state.endings[id]
    try expect(found?.files?.count == 5, "seed \(seed): files \(found?.files ?? [:])")
    found?.files = nil
    try expect(found == summary, "seed \(seed): \(String(describing: found))")
    let path = "\(folder)/trials/\(id)"
    let model = try Data(contentsOf: URL(fileURLWithPath: "\(path)/model.safetensors"))
    try expect([UInt8](model) == probeModel(seed), "seed \(seed): model of \(model.count) bytes")
    let text = try String(contentsOfFile: "\(path)/result.json", encoding: .utf8)
    var result = try TrialSummary(json: text)
    result.files = nil
    try expect(result == summary, "seed \(seed): result.json")
  }
  for seed in failed {
    let status = state.endings[probeTrial(seed).id]?.status
    try expect(status == .failed, "seed \(seed): \(String(describing: status))")
  }
}

func groupSizes(_ world: Communicator) -> [Int] { [1, 2].filter { world.size % $0 == 0 } }

/// 40 trials: each is done once, by a whole group, on every size of group.
@Sendable private func probeStudy(_ world: Communicator) throws {
  for ranksPerTrial in groupSizes(world) {
    try withSharedFolder(world) { folder in
      let summary = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: probePlan(folder, seeds: 0..<40),
        stop: StopFlag()
      ) { try pretend($0, $1, $2, failing: [], failingOnLast: []) }
      try expect(summary.exitCode == .done && summary.trials.done == 40, "\(summary)")
      if world.rank == 0 {
        try checkFolder(folder, finished: Array(0..<40), failed: [], ranks: ranksPerTrial)
      }
    }
  }
}

/// Trials that fail, on all ranks or on one, are recorded with their reasons; another run trains
/// them and what was added, and nothing else.
@Sendable private func probeStudyFailuresAndRerun(_ world: Communicator) throws {
  for ranksPerTrial in groupSizes(world) {
    try withSharedFolder(world) { folder in
      let first = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: probePlan(folder, seeds: 0..<12),
        stop: StopFlag()
      ) { try pretend($0, $1, $2, failing: [3, 8], failingOnLast: [5]) }
      try expect(first.exitCode == .someTrialsFailed, "\(first)")
      try expect(first.trials.done == 9 && first.trials.failed == 3, "\(first)")
      if world.rank == 0 {
        let finished: [UInt64] = [0, 1, 2, 4, 6, 7, 9, 10, 11]
        try checkFolder(folder, finished: finished, failed: [3, 5, 8], ranks: ranksPerTrial)
        try checkReasons(folder, ranksPerTrial)
      }
      let started = Mutex<[String]>([])
      let plan = probePlan(folder, seeds: 0..<14) { event, _ in
        guard case .started(let id, _, _) = event else { return }
        started.withLock { $0.append(id) }
      }
      let second = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: plan, stop: StopFlag()
      ) { try pretend($0, $1, $2, failing: [], failingOnLast: []) }
      try expect(second.exitCode == .done && second.trials.done == 14, "\(second)")
      let seen = started.withLock { $0.sorted() }
      let due = [3, 5, 8, 12, 13].map { probeTrial($0).id }.sorted()
      try expect(world.rank != 0 || seen == due, "started again: \(seen)")
    }
  }
}

private func checkReasons(_ folder: String, _ ranksPerTrial: Int) throws {
  let state = JournalState.replay(
    try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
  let onAll = state.endings[probeTrial(3).id]?.reason
  try expect(onAll == "seed 3 fails", "reason: \(onAll ?? "none")")
  let onOne = state.endings[probeTrial(5).id]?.reason
  let place =
    ranksPerTrial == 1 ? "" : " (on rank \(ranksPerTrial - 1) of the group's \(ranksPerTrial))"
  try expect(onOne == "seed 5 fails at the end" + place, "reason: \(onOne ?? "none")")
}

/// A stop in the middle of trials: groups agree on it and give up together, the summary is the same
/// everywhere, and another run finishes the study.
@Sendable private func probeStudyStop(_ world: Communicator) throws {
  for ranksPerTrial in groupSizes(world) {
    try withSharedFolder(world) { folder in
      let stop = StopFlag()
      let slow = Set(stride(from: 0, to: 40, by: 7).map { probeTrial($0).id })
      let plan = probePlan(folder, seeds: 0..<40) { event, _ in
        if case .started(let id, _, _) = event, slow.contains(id) { stop.request() }
      }
      let first = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: plan, stop: stop
      ) { trial, group, reporter in
        // The cheapest trials, which come last, go on until they are told to stop.
        while trial.seed % 7 == 0 {
          let wish = try reporter.shouldStop() ? Int64(1) : 0
          if try group.allreduce(wish, .max) == 1 { throw TrialInterrupted(step: 1) }
          Thread.sleep(forTimeInterval: 0.001)
        }
        return try pretend(trial, group, reporter, failing: [], failingOnLast: [])
      }
      try expect(first.exitCode == .interrupted && first.trials.left > 0, "\(first)")
      try expect(first.trials.running == 0, "\(first)")
      let done = try world.broadcast(Int64(first.trials.done), root: 0)
      try expect(done == Int64(first.trials.done), "\(first), and \(done) done on rank 0")
      let second = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: probePlan(folder, seeds: 0..<40),
        stop: StopFlag()
      ) { try pretend($0, $1, $2, failing: [], failingOnLast: []) }
      try expect(second.exitCode == .done && second.trials.done == 40, "\(second)")
      if world.rank == 0 {
        try checkFolder(folder, finished: Array(0..<40), failed: [], ranks: ranksPerTrial)
      }
    }
  }
}

/// Groups that can't be formed are refused on every rank; a folder of another study sends every
/// rank home with the same summary.
@Sendable private func probeStudyRefusals(_ world: Communicator) throws {
  for ranksPerTrial in [0, world.size + 1, -1] + (world.size == 3 ? [2] : []) {
    do {
      _ = try runStudy(
        world: world, ranksPerTrial: ranksPerTrial, plan: probePlan("/", seeds: 0..<1),
        stop: StopFlag()
      ) { _, _, _ in throw ProbeFailure("a trial was run") }
      throw ProbeFailure("\(ranksPerTrial) ranks per trial were taken")
    } catch let error as StudyError {
      try expect(error.exitCode == .usage, "\(error)")
    }
  }
  try withSharedFolder(world) { folder in
    if world.rank == 0 {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/thesis", withIntermediateDirectories: true)
    }
    let summary = try runStudy(
      world: world, ranksPerTrial: 1, plan: probePlan(folder, seeds: 0..<4), stop: StopFlag()
    ) { _, _, _ in throw ProbeFailure("a trial was run") }
    try expect(summary.exitCode == .usage, "\(summary)")
    try expect(summary.problem?.contains("thesis") == true, "\(summary)")
    try expect(summary.trials.left == 4, "\(summary)")
  }
}

/// Every rank plays a host of its own; none is silent for longer than it may be.
@Sendable private func probeHosts(_ world: Communicator) throws {
  guard let local = try world.split(color: world.rank, key: 0) else {
    throw ProbeFailure("no host")
  }
  let board = try HeartbeatBoard(local: local, worldRank: world.rank)
  let job = try world.duplicate()
  let watch = try HostWatch(
    job: job, local: local, board: board, host: "host \(world.rank)", patience: 60
  ) { complain($0) }
  Thread.sleep(forTimeInterval: 3)
  try world.sleepyBarrier()
  watch.stop()
  try job.free()
  try local.free()
}

/// Words longer than what MPI sends before the other side asks for it: each is taken, or its sender would
/// wait for ever, whichever rank comes to the end first.
@Sendable private func probeLongWords(_ world: Communicator) throws {
  guard let local = try world.split(color: world.rank, key: 0) else {
    throw ProbeFailure("no host")
  }
  let board = try HeartbeatBoard(local: local, worldRank: world.rank)
  for last in Set([0, world.size - 1]).sorted() {
    let job = try world.duplicate()
    let watch = try HostWatch(
      job: job, local: local, board: board, host: String(repeating: "long", count: 100_000),
      patience: 60
    ) { complain($0) }
    // Words are told every second.
    Thread.sleep(forTimeInterval: world.rank == last ? 3.2 : 2.2)
    watch.stop()
    try world.sleepyBarrier()
    let left = try job.pollMessage(source: nil, tag: nil)
    let isQuiet = left == nil
    try expect(isQuiet, "a word that nobody took")
    try job.free()
  }
  try local.free()
}
