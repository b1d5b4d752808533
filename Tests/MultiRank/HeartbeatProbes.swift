import DataParallel
import Foundation
import Health
import MPI
import Support
import Synchronization

let heartbeatProbes = [
  Probe("heartbeats: what a rank says is read whole while it says the next") { world in
    let local = try world.splitByHost()
    // A board is one host's: several hosts have nothing to add.
    if local.size == world.size { try checkWholeSigns(local) }
    try local.free()
  }
]

/// How many different beats of each rank are looked at, at least: fewer where ranks share cores.
private func fewestLooks(ranks: Int) -> Int { 20_000 / (ranks * ranks) }
private let operations: [RankOperation] = [.gradients, .exchange, .update, .agreement, .comparison]

/// The operation that goes with a step here: steps and operations of two beats never fit each other.
private func operation(_ step: Int) -> RankOperation { operations[step % operations.count] }

/// A busy machine gives fewer looks than that, in any time.
private let mostSeconds = 20.0

/// Every rank beats, each step once, and looks at all ranks on a thread of its own meanwhile, until it has
/// seen enough of each. Both sleep now and then: Linux may starve all else beside two threads that only poll.
private func checkWholeSigns(_ local: Communicator) throws {
  let board = try HeartbeatBoard(local: local, worldRank: local.rank)
  let failure = Mutex<String?>(nil)
  let isDone = Atomic(false)
  let hasEnded = Atomic(false)
  let looks = Atomic(0)
  // What ranks said before their first beat here isn't of this pattern.
  board.own.beat(operation(1), step: 1)
  try local.barrier()
  let ranks = local.size
  let fewest = fewestLooks(ranks: ranks)
  Thread.detachNewThread {
    defer { hasEnded.store(true, ordering: .releasing) }
    var seen: [Int: (step: Int, time: UInt64, count: Int)] = [:]
    let start = ContinuousClock.now
    while (ContinuousClock.now - start).inSeconds < mostSeconds, failure.withLock({ $0 }) == nil,
      !(seen.count == ranks && seen.values.allSatisfy { $0.count >= fewest })
    {
      if looks.wrappingAdd(1, ordering: .relaxed).newValue % 256 == 0 { usleep(50) }
      for sign in board.signs(mostReadings: .max) {
        let last = seen[sign.rank]
        if let problem = flaw(of: sign, after: last.map { ($0.step, $0.time) }) {
          failure.withLock { $0 = "rank \(sign.rank): \(problem)" }
          break
        }
        let isNew = last.map { $0.step != sign.step } ?? true
        seen[sign.rank] = (sign.step, sign.time, (last?.count ?? 0) + (isNew ? 1 : 0))
      }
    }
    if seen.count < ranks, failure.withLock({ $0 }) == nil {
      failure.withLock { $0 = "only \(seen.count) of \(ranks) ranks were seen" }
    }
    isDone.store(true, ordering: .releasing)
  }
  // Others look at this rank until all have seen enough.
  var step = 1
  var others = Int64(0)
  repeat {
    for _ in 0..<1600 {
      step += 1
      board.own.beat(operation(step), step: step)
      // The next beats begin as a look does, which then comes upon them.
      guard step % 3 == 0 else { continue }
      let last = looks.load(ordering: .relaxed)
      for _ in 0..<1000 where looks.load(ordering: .relaxed) == last {}
    }
    usleep(50)
    others = try local.allreduce(isDone.load(ordering: .acquiring) ? 0 : 1, .sum)
  } while others > 0
  while !hasEnded.load(ordering: .acquiring) { usleep(100) }
  if let text = failure.withLock({ $0 }) { throw ProbeFailure(text) }
}

/// What can't be one beat's, or comes before one that was seen already.
private func flaw(
  of sign: HeartbeatBoard.Sign, after last: (step: Int, time: UInt64)?
) -> String? {
  guard sign.operation == operation(sign.step) else {
    return "\(sign.operation) in step \(sign.step), where \(operation(sign.step)) is"
  }
  // Its last beats, each step once, up to this one; at the start also those of before.
  let steps = sign.history.map(\.step).drop { $0 == 0 }
  let first = sign.step - steps.count + 1
  guard steps.elementsEqual(first...sign.step) else {
    return "step \(sign.step) after \(Array(steps))"
  }
  guard let last else { return nil }
  if sign.step < last.step || sign.time < last.time {
    return "step \(sign.step) at \(sign.time) after \(last)"
  }
  // One beat has one time.
  if sign.step == last.step, sign.time != last.time {
    return "step \(sign.step) at \(sign.time) and at \(last.time)"
  }
  return nil
}
