import DataParallel
import Experiments
import Foundation
import Health
import MPI
import NeuralNet
import Storage
import Support
import Synchronization
import TestSupport

// Interrupted and resumed is undisturbed, bit for bit; what went wrong in between leaves no trace.

let checkpointProbes = [
  Probe("checkpoints: a stop at any step, resumed, ends with the same bits") { group in
    for exchange in try ProbeExchange.some(group) {
      let expected = try trained(exchange, in: nil, on: group).run()
      // Two epochs of 6 steps: in the first, at its end, in the second, at the end of all.
      for step in [1, 2, 5, 6, 7, 11, 12] {
        try withFolder(group) { folder in
          try checkResume(after: [step], exchange, folder, expected, on: group)
        }
      }
      try withFolder(group) { folder in
        try checkResume(after: Array(1...12), exchange, folder, expected, on: group)
      }
    }
  },
  Probe("checkpoints: learned parameters of a formula are resumed to the last bit") { group in
    for exchange in try ProbeExchange.some(group) {
      let activation = ProbeNetwork.formula
      let expected = try trained(exchange, in: nil, activation: activation, on: group).run()
      try withFolder(group) { folder in
        try checkResume(
          after: [1, 5, 6, 11], exchange, folder, expected, activation: activation, on: group)
      }
    }
  },
  Probe("checkpoints: bounded parameters and a function for each layer go on with the same bits") {
    group in
    for exchange in try ProbeExchange.some(group) {
      let expected = try trained(exchange, in: nil, activation: mixed, on: group).run()
      for step in [1, 4, 7] {
        try withFolder(group) { folder in
          try checkResume(
            after: [step], exchange, folder, expected, activation: mixed, on: group)
        }
      }
      try checkBounds(expected, on: group)
    }
  },
  Probe("checkpoints: a damaged one falls back to the one before") { group in
    let expected = try trained(.sharded, in: nil, on: group).run()
    for damage in Damage.allCases {
      try withFolder(group) { folder in
        try checkDamage(damage, folder, expected, on: group)
      }
    }
  },
  Probe("checkpoints: of another trial or another network they are no use") { group in
    try withFolder(group) { folder in
      try interrupt(after: 3, .sharded, folder, seed: 8, on: group)
      let observer = CountingObserver()
      let found = try trained(.sharded, in: folder, observer: observer, on: group).run()
      let expected = try trained(.sharded, in: nil, on: group).run()
      try checkSame(found, expected, "after another trial's checkpoint", on: group)
      try expectEqual(observer.resumedSteps, [], "no step to go on from")
      try expectEqual(observer.notes.count, group.rank == 0 ? 1 : 0, "notes")
    }
  },
  Probe("checkpoints: they are written while training goes on, and can be resumed") { group in
    let expected = try trained(.sharded, in: nil, epochs: 8, on: group).run()
    try withFolder(group) { folder in
      let observer = CountingObserver()
      let found = try trained(
        .sharded, in: folder, seconds: 0.001, epochs: 8, observer: observer, on: group
      ).run()
      try checkSame(found, expected, "with checkpoints all along", on: group)
      let again = try trained(.sharded, in: folder, epochs: 8, on: group).run()
      try checkSame(again, expected, "from one of these checkpoints", on: group)
    }
  },
  Probe("checkpoints: a pause after an epoch goes on from there") { group in
    let expected = try trained(.sharded, in: nil, on: group).run()
    try withFolder(group) { folder in
      for _ in 0..<2 {
        let error = try expectThrows(TrialPaused.self, "a pause after epoch 1") {
          try trained(.sharded, in: folder, pauseAfter: 1, on: group).run()
        }
        try expectEqual(error.record.epoch, 1, "the epoch named")
      }
      let observer = CountingObserver()
      let found = try trained(.sharded, in: folder, observer: observer, on: group).run()
      try checkSame(found, expected, "after the pause", on: group)
      try expectEqual(observer.resumedSteps, group.rank == 0 ? [6] : [], "the step")
    }
  },
  Probe("checkpoints: while a slow disk holds up the end no rank looks stalled") { group in
    for stopAt in [nil, 4] {
      try withFolder(group) { try checkSlowDisk(stopAt: stopAt, $0, on: group) }
    }
  },
  Probe("replicas: a bit that flips between two steps is seen in the next one", minimumRanks: 2) {
    for exchange in try ProbeExchange.some($0) {
      for rank in 0..<$0.size { try checkFlip(of: rank, exchange, on: $0) }
    }
  },
]

/// Learned slopes that reach their bounds in the first steps, in one layer of two.
private let mixed = ActivationSpec(
  name: "mixed",
  layers: [
    ActivationSpec(
      name: "leaky-relu", parameters: ["slope": 0.1], learned: ["slope": .channel],
      bounds: ["slope": ParameterBounds(minimum: 0.0995, maximum: 0.1005)]),
    ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.1]),
  ])

/// The trained slopes are within their bounds, and some are at one.
private func checkBounds(_ trained: TrainedTrial, on group: Communicator) throws {
  guard group.rank == 0 else { return }
  let tensors = try Safetensors.decode(trained.model)
  let learned = tensors.filter { $0.name.hasPrefix("act") }
  try expectEqual(learned.map(\.name), ["act1.slope"], "learned tensors")
  let values = learned[0].values
  try expectEqual(values.count, 24, "slopes")
  try expect(values.allSatisfy { $0 >= 0.0995 && $0 <= 0.1005 }, "slopes beyond bounds: \(values)")
  try expect(values.contains { $0 == 0.0995 || $0 == 0.1005 }, "no slope at a bound: \(values)")
}

private func data() -> (TrialData, SyntheticImages) {
  let images = SyntheticImages(count: 220, shape: ProbeNetwork.shape, classes: 10)
  return (images.data(test: 20, classes: 10), images)
}

private func trained(
  _ exchange: ProbeExchange, in folder: String?, seconds: Double = 60, epochs: Int = 2,
  seed: UInt64 = 7, pauseAfter: Int? = nil, verifySteps: Int? = nil,
  activation: ActivationSpec = ActivationSpec(name: "relu"),
  observer: CountingObserver = CountingObserver(), on group: Communicator
) throws -> Trainer {
  var options = TrainerOptions()
  options.exchange = exchange.exchange
  options.hosts = exchange.hosts
  options.checkpoints = folder.map { CheckpointFolder("\($0)/trial") }
  options.checkpointSeconds = seconds
  options.pauseAfter = pauseAfter
  options.verifySteps = verifySteps
  return try Trainer(
    probeNetworkTrial(epochs: epochs, seed: seed, activation: activation), data: data().0,
    on: RankContext(group),
    observer: observer, options: options)
}

private func checkSame(
  _ found: TrainedTrial, _ expected: TrainedTrial, _ what: String, on group: Communicator
) throws {
  try expectEqual(found.model, expected.model, "\(what): model")
  try expectEqual(found.outcome.test, expected.outcome.test, "\(what): test scores")
  try expectEqual(found.outcome.train, expected.outcome.train, "\(what): train scores")
  try expectEqual(found.outcome.confusion, expected.outcome.confusion, "\(what): confusion")
  func timeless(_ records: [EpochRecord]) -> [EpochRecord] {
    records.map { record in
      var record = record
      record.seconds = 0
      record.stepSeconds = nil
      return record
    }
  }
  try expectEqual(
    timeless(found.outcome.epochs), timeless(expected.outcome.epochs), "\(what): epochs")
}

/// Trains up to a step, over all runs, and stops there.
private func interrupt(
  after step: Int, from first: Int = 0, _ exchange: ProbeExchange, _ folder: String,
  seed: UInt64 = 7, activation: ActivationSpec = ActivationSpec(name: "relu"),
  on group: Communicator
) throws {
  let observer = CountingObserver(stopAt: step - first)
  let error = try expectThrows(TrialInterrupted.self, "a stop after step \(step)") {
    try trained(
      exchange, in: folder, seed: seed, activation: activation, observer: observer, on: group
    ).run()
  }
  try expectEqual(error.step, step, "the step named")
  try expectEqual(
    observer.resumedSteps, first > 0 && group.rank == 0 ? [first] : [], "went on from")
}

private func checkResume(
  after steps: [Int], _ exchange: ProbeExchange, _ folder: String, _ expected: TrainedTrial,
  activation: ActivationSpec = ActivationSpec(name: "relu"), on group: Communicator
) throws {
  var last = 0
  for step in steps {
    try interrupt(after: step, from: last, exchange, folder, activation: activation, on: group)
    last = step
  }
  let found = try trained(exchange, in: folder, activation: activation, on: group).run()
  try checkSame(found, expected, "\(exchange) after stops at \(steps)", on: group)
}

private enum Damage: CaseIterable {
  case truncated, empty, flippedBit, missing

  func strike(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    var bytes = [UInt8](try Data(contentsOf: url))
    switch self {
    case .truncated: bytes.removeLast(bytes.count / 3)
    case .empty: bytes = []
    case .flippedBit: bytes[bytes.count - 77] ^= 16
    case .missing: return try FileManager.default.removeItem(at: url)
    }
    try Data(bytes).write(to: url)
  }
}

/// Two checkpoints, of which the later one is damaged: the earlier one serves, and both damaged the
/// trial starts anew.
private func checkDamage(
  _ damage: Damage, _ folder: String, _ expected: TrainedTrial, on group: Communicator
) throws {
  for damaged in 1...2 {
    if group.rank == 0 { try? FileManager.default.removeItem(atPath: "\(folder)/trial") }
    try group.barrier()
    try interrupt(after: 4, .sharded, folder, on: group)
    try interrupt(after: 9, from: 4, .sharded, folder, on: group)
    let names = [CheckpointFolder.newest, CheckpointFolder.previous]
    if group.rank == 0 {
      for name in names.prefix(damaged) { try damage.strike("\(folder)/trial/\(name)") }
    }
    try group.barrier()
    let observer = CountingObserver()
    let found = try trained(.sharded, in: folder, observer: observer, on: group).run()
    try checkSame(found, expected, "\(damage) \(damaged)", on: group)
    guard group.rank == 0 else { continue }
    // The one before is that of the first epoch's end.
    try expectEqual(observer.resumedSteps, damaged == 1 ? [6] : [], "\(damage): went on from")
    try expectEqual(observer.notes.count, damage == .missing ? 0 : damaged, "\(damage): notes")
  }
}

/// A bit of one rank's replica changes before a step: all ranks see it, and another trainer goes on
/// from the checkpoint before.
private func checkFlip(
  of rank: Int, _ exchange: ProbeExchange, on group: Communicator
) throws {
  let expected = try trained(exchange, in: nil, on: group).run()
  try withFolder(group) { folder in
    try interrupt(after: 3, exchange, folder, on: group)
    let observer = CountingObserver()
    let comparison = try exchange.comparison(group)
    let trainer = try trained(
      exchange, in: folder, verifySteps: comparison == .none ? 1 : nil, observer: observer,
      on: group)
    let arena = trainer.replica.network.arena
    // In one rank's own slice and in another one's.
    let place = arena.parameters.count * (rank % 2 == 0 ? 2 : 1) / 3
    observer.beforeStep = { step in
      guard step == 5, group.rank == rank else { return }
      let value = arena.parameters.base[place]
      arena.parameters.base[place] = Float(bitPattern: value.bitPattern ^ 1 << 20)
    }
    let error = try expectThrows(ReplicaMismatch.self, "\(exchange): a bit of rank \(rank)") {
      try trainer.run()
    }
    // The fifth step after the third; or with what the next one exchanges.
    try expectEqual(error.step, comparison == .late ? 9 : 8, "the step named")
    // Of two that differ nobody knows which is wrong.
    if group.size > 2 && comparison == .atOnce {
      try expectEqual(error.ranks, [rank], "the rank named")
    }
    try expectEqual(error.tensor, arena.view(at: place).name, "the tensor named")
    let found = try trained(exchange, in: folder, on: group).run()
    try checkSame(found, expected, "\(exchange) after a bit of rank \(rank)", on: group)
  }
}

/// The machine's file system, whose first synchronisation takes until all ranks of a board say that
/// they are at their files or wait for one that is, and go on saying so.
private final class SlowFileSystem: ForwardingFileSystem {
  private static let secondsInVain = 10.0
  private static let secondsInARow = 0.3
  private let board: HeartbeatBoard
  private let outcome = Mutex<Outcome>(.notAsked)

  enum Outcome { case notAsked, allAway, notAway }

  init(_ board: HeartbeatBoard) { self.board = board }

  var result: Outcome { outcome.withLock { $0 } }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    if result == .notAsked {
      let found = watch()
      outcome.withLock { $0 = found }
    }
    try real.synchronize(descriptor)
  }

  private func watch() -> Outcome {
    let begin = ContinuousClock.now
    var since: ContinuousClock.Instant?
    while ContinuousClock.now - begin < .seconds(Self.secondsInVain) {
      if board.signs().allSatisfy({ [.files, .meeting].contains($0.operation) }) {
        since = since ?? .now
        if let since, ContinuousClock.now - since > .seconds(Self.secondsInARow) { return .allAway }
      } else {
        since = nil
      }
      usleep(1000)
    }
    return .notAway
  }
}

/// Trains to the end or to a stop while the first rank's disk doesn't answer.
private func checkSlowDisk(
  stopAt: Int?, _ folder: String, on group: Communicator
) throws {
  let local = try group.splitByHost()
  let board = try HeartbeatBoard(local: local, worldRank: group.rank)
  let disk = SlowFileSystem(board)
  var options = TrainerOptions()
  options.checkpoints = CheckpointFolder("\(folder)/trial", fileSystem: disk)
  let trainer = try Trainer(
    probeNetworkTrial(epochs: 1), data: data().0,
    on: RankContext(group, heartbeat: board.own),
    observer: CountingObserver(stopAt: stopAt), options: options)
  do {
    _ = try trainer.run()
    try expect(stopAt == nil, "it stops")
  } catch is TrialInterrupted {
    try expect(stopAt != nil, "it doesn't stop")
  }
  if group.rank == 0 { try expectEqual(disk.result, .allAway, "stop at \(stopAt ?? 0): the ranks") }
}
