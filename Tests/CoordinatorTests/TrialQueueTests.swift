import Coordinator
import Testing

@Suite struct TrialQueueTests {
  @Test func longestGoesFirstAndEqualsKeepTheirOrder() {
    var queue = TrialQueue(queued([2, 5, 2, 9, 5]), groups: 1)
    var order: [UInt64] = []
    queue.ready(0)
    while let next = queue.dispatch(at: 0).first {
      order.append(next.trial.trial.seed)
      #expect(queue.finish(next.trial.id, group: 0, at: 0) == .accepted)
      queue.ready(0)
    }
    #expect(order == [3, 1, 4, 0, 2])
    #expect(queue.isFinished)
  }

  @Test func everyGroupThatAsksGetsOneTrial() {
    var queue = TrialQueue(queued([1, 2, 3]), groups: 4)
    for group in [3, 1, 1] { queue.ready(group) }
    let first = queue.dispatch(at: 7)
    #expect(first.map(\.group) == [1, 3])
    #expect(first.map(\.trial.cost) == [3, 2])
    #expect(queue.state(of: first[0].trial.id) == .running(group: 1, since: 7))
    #expect(queue.dispatch(at: 8).isEmpty)
    queue.ready(0)
    queue.ready(2)
    #expect(queue.dispatch(at: 9).map(\.group) == [0])
    #expect(queue.counts.waiting == 0 && queue.counts.running == 3)
  }

  @Test func aReportCountsOnce() {
    var queue = TrialQueue(queued([1]), groups: 2)
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    #expect(queue.finish("nowhere", group: 0, at: 1) == .unknown)
    #expect(queue.finish(id, group: 0, at: 1) == .accepted)
    #expect(queue.finish(id, group: 0, at: 2) == .duplicate)
    #expect(queue.fail(id, group: 1, at: 2) == .duplicate)
    #expect(queue.skip(id) == .duplicate)
    #expect(queue.state(of: id) == .finished)
  }

  @Test func aLateReportOfATrialTakenBackIsKept() {
    var queue = TrialQueue(queued([1]), groups: 2)
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    #expect(queue.release(0)?.id == id)
    queue.ready(1)
    #expect(queue.dispatch(at: 1).first?.group == 1)
    #expect(queue.finish(id, group: 0, at: 2) == .accepted)
    #expect(queue.brokenInvariants == [])
    #expect(queue.finish(id, group: 1, at: 3) == .duplicate)
    #expect(queue.release(1) == nil)
    #expect(queue.counts.done == 1)
  }

  @Test func aTrialWhoseResultIsLostWaitsAgainInItsPlace() {
    var queue = TrialQueue(queued([1, 3, 2]), groups: 1)
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    #expect(queue.finish(id, group: 0, at: 1) == .accepted)
    queue.reopen(id)
    #expect(queue.brokenInvariants == [])
    queue.ready(0)
    #expect(queue.dispatch(at: 2).map(\.trial.cost) == [3])
  }

  @Test func askingBeforeTheReportArrivesWaitsForIt() {
    var queue = TrialQueue(queued([1, 2]), groups: 1)
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    queue.ready(0)
    #expect(queue.dispatch(at: 0).isEmpty)
    #expect(queue.finish(id, group: 0, at: 1) == .accepted)
    #expect(queue.dispatch(at: 1).count == 1)
  }

  @Test func trialsDoneBeforeAreCountedAndNotHandedOut() {
    let trials = queued([1, 2, 3])
    var queue = TrialQueue(
      trials, groups: 1, ended: [trials[2].id: .finished, "gone from the grid": .finished])
    queue.ready(0)
    #expect(queue.dispatch(at: 0).map(\.trial.cost) == [2])
    #expect(queue.counts.done == 1 && queue.counts.total == 3)
  }

  @Test func timeLeftFollowsTheMeasuredSpeed() throws {
    // Two groups at 2 cost units a second: 8 takes 4 s, then 6, 6 and 4 are left.
    var queue = TrialQueue(queued([8, 6, 6, 4]), groups: 2)
    #expect(queue.secondsLeft(at: 0) == nil)
    queue.ready(0)
    queue.ready(1)
    let first = queue.dispatch(at: 0)
    #expect(queue.finish(first[0].trial.id, group: 0, at: 4) == .accepted)
    queue.ready(0)
    _ = queue.dispatch(at: 4)
    // Group 1 should have ended its 6 at 3 s: it is taken to end now, and gets the 4.
    #expect(queue.secondsLeft(at: 4) == 3)
    queue.advance(first[1].trial.id, group: 1, fraction: 0.5, at: 4)
    // Now it is known to need 4 more seconds; the speed is (8 + 3) / (4 + 4).
    let speed = 11.0 / 8
    let left = try #require(queue.secondsLeft(at: 4))
    #expect(abs(left - (4 + 4 / speed)) < 1e-12)
  }

  @Test func whatWasTrainedBeforeIsNotLeft() throws {
    // At 1 unit a second: 3 of 4 are left of the first, 6 of 8 of the second.
    let trials = queued([4, 8])
    var queue = TrialQueue(
      trials, groups: 1, begun: [trials[0].id: 0.25, trials[1].id: 0.25])
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    queue.resume(id, group: 0)
    queue.advance(id, group: 0, fraction: 0.25, at: 10)
    #expect(queue.secondsLeft(at: 10) == nil)
    queue.advance(id, group: 0, fraction: 0.5, at: 12)
    let left = try #require(queue.secondsLeft(at: 12))
    #expect(abs(left - (4 + 3)) < 1e-9)
    // Given up, it goes on from there.
    queue.release(0)
    #expect(queue.secondsLeft(at: 12) == nil)
    queue.ready(0)
    #expect(queue.dispatch(at: 20)[0].trial.id == id)
    queue.resume(id, group: 0)
    queue.advance(id, group: 0, fraction: 0.5, at: 20)
    #expect(queue.finish(id, group: 0, at: 24) == .accepted)
    // 4 units in 4 s.
    let rest = try #require(queue.secondsLeft(at: 24))
    #expect(abs(rest - 3) < 1e-9)
  }

  @Test func aProgressReportOfAnotherGroupIsIgnored() {
    var queue = TrialQueue(queued([8, 6]), groups: 2)
    queue.ready(0)
    let id = queue.dispatch(at: 0)[0].trial.id
    queue.advance(id, group: 1, fraction: 0.5, at: 4)
    #expect(queue.secondsLeft(at: 4) == nil)
  }

  @Test func stoppedTrialsGoOnFirst() {
    var queue = TrialQueue(queued([5, 4, 3]), groups: 1, isOrdered: true)
    func next() -> UInt64? {
      queue.ready(0)
      return queue.dispatch(at: 0).first?.trial.trial.seed
    }
    let ids = queued([5, 4, 3]).map(\.id)
    #expect(next() == 0)
    #expect(queue.stop(ids[0], group: 0, at: 1) == .accepted)
    #expect(queue.state(of: ids[0]) == .stopped && queue.counts.stopped == 1)
    #expect(queue.stop(ids[0], group: 0, at: 1) == .duplicate)
    #expect(next() == 1)
    #expect(queue.stop(ids[1], group: 0, at: 1) == .accepted)
    #expect(queue.promote(ids[2]) == .duplicate && queue.promote("nowhere") == .unknown)
    #expect(queue.promote(ids[0]) == .accepted && queue.promote(ids[1]) == .accepted)
    // The last one taken up first, and both before the one that never ran.
    #expect(next() == 1)
    #expect(queue.finish(ids[1], group: 0, at: 2) == .accepted)
    #expect(next() == 0)
    #expect(queue.brokenInvariants == [])
    #expect(queue.finish(ids[0], group: 0, at: 2) == .accepted)
    #expect(next() == 2)
  }

  /// Two trials on five groups, the second of which gains nothing from a third group.
  @Test func groupsJoinWhereTrialsRunShort() {
    var queue = TrialQueue(queued([6, 12]), groups: 5)
    queue.secondsOnGroups = { trial, groups in
      trial.cost / Double(trial.cost > 10 ? min(groups, 3) : min(groups, 2))
    }
    for group in 0..<5 { queue.ready(group) }
    let assignments = queue.dispatch(at: 0)
    #expect(assignments.map(\.groups) == [[0, 1, 2], [3, 4]])
    #expect(assignments.map(\.trial.cost) == [12, 6])
    #expect(queue.brokenInvariants == [])
    let ids = assignments.map(\.trial.id)
    #expect(queue.groups(of: ids[0]) == [0, 1, 2])
    // Whoever joined may ask before the first has reported.
    queue.ready(1)
    #expect(queue.dispatch(at: 1).isEmpty)
    #expect(queue.finish(ids[0], group: 0, at: 1) == .accepted)
    #expect(queue.release(3)?.id == ids[1])
    #expect(queue.groups(of: ids[1]) == [])
    queue.ready(0)
    queue.ready(2)
    // Two groups are all that it makes use of.
    #expect(queue.dispatch(at: 2).map(\.groups) == [[0, 1]])
    #expect(queue.brokenInvariants == [])
  }

  @Test func moreTrialsThanGroupsDoNotJoin() {
    var queue = TrialQueue(queued([1, 1, 1]), groups: 2)
    queue.secondsOnGroups = { $0.cost / Double($1) }
    for group in 0..<2 { queue.ready(group) }
    #expect(queue.dispatch(at: 0).map(\.groups) == [[0], [1]])
  }

  @Test func aCostThatIsNoNumberOfSecondsCountsAsNone() {
    for cost in [Double.nan, .infinity, -.infinity, -1] {
      #expect(QueuedTrial(trial(1), cost: cost).cost == 0)
    }
    #expect(QueuedTrial(trial(1), cost: 2.5).cost == 2.5)
  }
}
