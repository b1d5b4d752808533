import Coordinator
import Testing

/// The queue against a model that remembers only what each trial came to, under random schedules
/// with reports that come late, twice, or from a group that lost its trial.
@Suite struct TrialQueueModelTests {
  private struct Report {
    var id: String
    var group: Int
    var fails: Bool
  }

  private struct Schedule {
    var generator: SeededGenerator
    var queue: TrialQueue
    var ended: [String: TrialQueue.State] = [:]
    var reports: [Report] = []
    var time = 0.0

    init(seed: UInt64) {
      var generator = SeededGenerator(seed: seed)
      let count = Int.random(in: 1...12, using: &generator)
      let costs = (0..<count).map { _ in Double(Int.random(in: 0...4, using: &generator)) }
      let groups = Int.random(in: 1...4, using: &generator)
      queue = TrialQueue(queued(costs), groups: groups)
      self.generator = generator
    }

    mutating func step() {
      time += 1
      let group = Int.random(in: 0..<queue.groups, using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0...2: queue.ready(group)
      case 3...4: deliver(keeping: false)
      case 5: deliver(keeping: true)
      case 6:
        if let trial = queue.release(group) { #expect(ended[trial.id] == nil) }
      default: skipSomething()
      }
      dispatch()
    }

    mutating func dispatch() {
      let free = queue.counts.waiting
      let longest = queue.trials.filter { queue.state(of: $0.id) == .waiting }.map(\.cost).max()
      let assignments = queue.dispatch(at: time)
      if !assignments.isEmpty { #expect(assignments[0].trial.cost == longest) }
      #expect(queue.counts.waiting == free - assignments.count)
      #expect(!queue.hasIdleGroupWhileTrialsWait)
      for assignment in assignments {
        #expect(
          ended[assignment.trial.id] == nil, "\(assignment.trial.id) dispatched after its end")
        let fails = Bool.random(using: &generator)
        reports.append(Report(id: assignment.trial.id, group: assignment.group, fails: fails))
      }
    }

    mutating func deliver(keeping isKept: Bool) {
      guard !reports.isEmpty else { return }
      let index = Int.random(in: reports.indices, using: &generator)
      let report = reports[index]
      if !isKept { reports.remove(at: index) }
      let reception =
        report.fails
        ? queue.fail(report.id, group: report.group, at: time)
        : queue.finish(report.id, group: report.group, at: time)
      #expect(reception == (ended[report.id] == nil ? .accepted : .duplicate))
      if reception == .accepted { ended[report.id] = report.fails ? .failed : .finished }
    }

    mutating func skipSomething() {
      guard Int.random(in: 0..<6, using: &generator) == 0,
        let trial = queue.trials.randomElement(using: &generator)
      else { return }
      if queue.skip(trial.id) == .accepted {
        #expect(ended[trial.id] == nil)
        ended[trial.id] = .skipped
      }
    }

    /// Lets every group ask and every report arrive until nothing is left.
    mutating func drain() {
      for _ in 0..<1000 where !(queue.isFinished && reports.isEmpty) {
        for group in 0..<queue.groups { queue.ready(group) }
        dispatch()
        deliver(keeping: false)
      }
    }
  }

  @Test(arguments: 0..<40) func randomSchedulesEndEachTrialOnce(block: Int) {
    for offset in 0..<50 {
      let seed = UInt64(block * 50 + offset)
      var schedule = Schedule(seed: seed)
      for _ in 0..<60 {
        schedule.step()
        let broken = schedule.queue.brokenInvariants
        #expect(broken == [], "seed \(seed)")
        if !broken.isEmpty { return }
      }
      schedule.drain()
      #expect(schedule.queue.isFinished, "seed \(seed)")
      for trial in schedule.queue.trials {
        #expect(schedule.queue.state(of: trial.id) == schedule.ended[trial.id], "seed \(seed)")
      }
      #expect(schedule.ended.count == schedule.queue.trials.count, "seed \(seed)")
    }
  }
}
