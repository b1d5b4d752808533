import Coordinator
import DataParallel
import Experiments
import Foundation
import Health
import MPI
import Storage
import Support
import Synchronization

/// An epoch's record of about five kilobytes: more than what MPI sends before the other side asks.
private func longRecord(_ epoch: Int) -> EpochRecord {
  let layers = (0..<40).map {
    LayerRecord(
      layer: "layer\($0)", units: 512, deadUnits: 3, saturatedShare: 0.125, mean: 0.25,
      standardDeviation: 1.5, gradientNorm: nil)
  }
  return EpochRecord(
    epoch: epoch, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testAccuracy: 0.5,
    seconds: 0.001, layers: layers)
}

/// A study whose coordinator waits for a disk for longer than a rank may go without progress, while
/// groups train, go on from checkpoints, and wait to be rid of their models: the watch must not take
/// that for a stall, on rank 0 as little as on others.
func slowDisk(_ world: Communicator) throws -> Int32 {
  let (board, watch) = try watchedBoard(world)
  for ranksPerTrial in groupSizes(world) {
    try withSharedFolder(world) { folder in
      try slowStudy(world, ranksPerTrial: ranksPerTrial, folder, board)
    }
  }
  watch.stop()
  return 0
}

private func slowStudy(
  _ world: Communicator, ranksPerTrial: Int, _ folder: String, _ board: HeartbeatBoard
) throws {
  let isFirst = Atomic(true)
  let epochs = Mutex<[String: Int]>([:])
  let plan = probePlan(folder, seeds: 0..<12) { event, _ in
    if case .epoch(let id, _) = event {
      epochs.withLock { $0[id, default: 0] += 1 }
    }
    guard case .ended = event, isFirst.exchange(false, ordering: .relaxed) else { return }
    Thread.sleep(forTimeInterval: 13)
  }
  let summary = try runStudy(
    world: world, ranksPerTrial: ranksPerTrial, plan: plan, stop: StopFlag(),
    heartbeat: board.own, coordinatorHeartbeat: board.coordinator
  ) { trial, group, reporter in
    board.own.begin(trial: trial.id, usualSeconds: 0.001)
    defer { board.own.beat(.ending, step: 1) }
    var state = TrainingState(trial: trial.id)
    state.records = (1...100).map(longRecord)
    if group.rank == 0 { try reporter.resumed(state) }
    for epoch in 101...110 {
      board.own.beat(.gradients, step: epoch)
      Thread.sleep(forTimeInterval: 0.03)
      _ = try reporter.shouldStop()
      board.own.beat(.evaluation, step: epoch)
      _ = try group.allreduce(Int64(epoch), .sum)
      if group.rank == 0 { try reporter.epochFinished(longRecord(epoch)) }
    }
    let outcome = probeOutcome(trial.seed, loss: 1, ranks: group.size)
    return TrainedTrial(outcome: outcome, model: probeModel(8 * trial.seed))
  }
  try expect(summary.exitCode == .done && summary.trials.done == 12, "\(summary)")
  guard world.rank == 0 else { return }
  let seen = epochs.withLock { $0 }
  try expect(seen.count == 12 && seen.values.allSatisfy { $0 == 10 }, "epochs: \(seen)")
  let records = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records
  try expect(JournalState.replay(records).endings.count == 12, "endings in the journal")
}
