import Coordinator
import Experiments
import Storage
import Testing

/// The number by which a supervisor sees that a study comes further.
@Suite struct JournalProgressTests {
  /// A trial's times are its own only where no other group trained meanwhile. Its group's next trial
  /// is handed out before it ends, and waits.
  @Test func trialsBesideOthersAreKnown() {
    let ids = (1...5).map { trial($0).id }
    func start(_ index: Int, _ group: Int) -> StudyEvent {
      .started(trial: ids[index], group: group)
    }
    func end(_ seed: UInt64) -> StudyEvent { .ended(TrialSummary(trial(seed), outcome(seed))) }
    var state = JournalState()
    let opened = StudyEvent.opened(
      study: "s", digest: "d", trials: 5, groups: 2, ranksPerTrial: 1)
    for event in [opened, start(0, 0), start(1, 0), end(1), end(2)] { state.apply(event) }
    #expect(state.besideOthers.isEmpty)
    for event in [start(2, 0), start(3, 1), end(3), end(4)] { state.apply(event) }
    #expect(state.besideOthers == [ids[2], ids[3]])
    // Whoever ran when the coordinator died runs no more.
    for event in [start(0, 1), opened, start(4, 0)] { state.apply(event) }
    #expect(state.besideOthers == [ids[2], ids[3]])
  }

  /// The number never falls, whatever happens, and grows when a trial comes further than ever.
  @Test func progressNeverFalls() {
    let opened = StudyEvent.opened(
      study: "s", digest: "d", trials: 2, groups: 1, ranksPerTrial: 1)
    let (a, b) = (trial(1).id, trial(2).id)
    func start(_ id: String) -> StudyEvent { .started(trial: id, group: 0) }
    func failed(_ seed: UInt64) -> StudyEvent {
      .ended(TrialSummary(trial(seed), status: .failed, reason: "it does"))
    }
    let story: [(event: StudyEvent, grows: Bool)] = [
      (opened, false), (start(a), false), (.epoch(trial: a, record: epoch(1, 1)), true),
      (.epoch(trial: a, record: epoch(2, 1)), true),
      // A death; the checkpoint is from the second epoch, and the one after from before it.
      (opened, false), (start(a), false), (.resumed(trial: a, step: 500, epoch: 1), true),
      (.epoch(trial: a, record: epoch(1, 1)), false),
      (.epoch(trial: a, record: epoch(2, 1)), false),
      (opened, false), (start(a), false), (.resumed(trial: a, step: 400, epoch: 1), false),
      (.interrupted(trial: a), false), (opened, false), (start(a), false),
      (.resumed(trial: a, step: 500, epoch: 1), false),
      (.epoch(trial: a, record: epoch(3, 1)), true),
      (.ended(TrialSummary(trial(1), outcome(1))), true),
      (start(b), false), (.epoch(trial: b, record: epoch(1, 1)), true), (failed(2), true),
      // What is run again comes further than nothing.
      (opened, false), (start(b), false), (.epoch(trial: b, record: epoch(1, 1)), true),
      (failed(2), true), (.closed(code: 1, seconds: 1, predicted: nil), false),
    ]
    var state = JournalState()
    for (index, line) in story.enumerated() {
      let before = state.progress
      state.apply(line.event)
      #expect(line.grows ? state.progress > before : state.progress == before, "line \(index)")
    }
  }

  @Test func numbersBeyondAllMeasureDoNotTrap() {
    let far = EpochRecord(
      epoch: .max, trainLoss: 1, trainAccuracy: 0, testLoss: 1, testAccuracy: 0, seconds: 1)
    var state = JournalState()
    let events: [StudyEvent] = [
      .resumed(trial: "a", step: .max, epoch: .max), .resumed(trial: "b", step: .max, epoch: 0),
      .epoch(trial: "a", record: far), .epoch(trial: "b", record: far),
      .ended(TrialSummary(trial(1), outcome(1))), .resumed(trial: "c", step: .min, epoch: .min),
    ]
    for event in events { state.apply(event) }
    #expect(state.progress == .max)
  }
}
