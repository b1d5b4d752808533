import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import Synchronization
import TestSupport
import Testing

/// A search that learns from results: its trials come one by one, and outlive the coordinator.
@Suite struct LearningSearchTests {
  private static let count = 12

  private func config(_ overrides: [String] = []) throws -> StudyConfig {
    try StudyConfig(
      yaml: """
        name: learns
        datasets: [wdbc]
        architectures: [ffnn]
        activations: [relu, srelu]
        training: {epochs: {wdbc: 1, mnist: 1}}
        search:
          method: tpe
          startup: 4
          trials: \(Self.count)
          parameters:
            activations.srelu.beta: {log-uniform: [0.01, 1.0]}
        """, file: "learns.yaml", baseDirectory: "/", overrides: overrides)
  }

  /// Smallest, 0, at β = 0.1.
  private static func loss(_ trial: Trial) -> Double {
    pow(log10(trial.activation.parameters["beta"] ?? 1) + 1, 2)
  }

  @Sendable private static func train(
    _ trial: Trial, _ reporter: TrialReporter
  ) throws -> TrainedTrial {
    if try reporter.shouldStop() { throw TrialInterrupted(step: 0) }
    let record = EpochRecord(
      epoch: 1, trainLoss: 1, trainAccuracy: 0.5, testLoss: loss(trial), testAccuracy: 0.5,
      seconds: 0)
    try reporter.epochFinished(record)
    var result = outcome(0)
    result.epochs = [record]
    return TrainedTrial(outcome: result, model: [])
  }

  private func run(
    _ config: StudyConfig, _ folder: String, groups: Int = 1, stopAfter: Int? = nil,
    obstacle: @escaping @Sendable (QueuedTrial) -> String? = { _ in nil },
    train: @escaping StudyRunner.Train = Self.train
  ) throws -> (summary: StudySummary, log: StudyRunner.Log) {
    let stop = StopFlag()
    let log = StudyRunner.Log()
    var plan = StudyPlan(
      config: config, folder: folder, trials: config.trials.map { QueuedTrial($0, cost: 1) },
      obstacle: obstacle,
      observer: { event, counts in
        log.append(event, counts)
        let ended = log.all.count { $0.event.trial(endedAs: .finished) != nil }
        if ended == stopAfter { stop.request() }
      })
    plan.price = { $0.map { QueuedTrial($0, cost: 1) } }
    let exchange = MemoryExchange(groups: groups)
    return (try runInThreads(plan, on: exchange, stop: stop, train: train).coordinator, log)
  }

  private func state(_ folder: String) throws -> JournalState {
    .replay(try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
  }

  /// The folder as a coordinator leaves it that is killed after some of the journal's lines.
  private func killed(_ folder: String, after lines: Int, copy: String) throws {
    try FileManager.default.copyItem(atPath: folder, toPath: copy)
    let journal = "\(copy)/journal.jsonl"
    let all = try text(journal).split(separator: "\n", omittingEmptySubsequences: false)
    try Data((all.prefix(lines).joined(separator: "\n") + "\n").utf8)
      .write(to: URL(fileURLWithPath: journal))
  }

  @Test(arguments: [1, 3]) func everyConfigurationIsProposedAndTrained(groups: Int) throws {
    try withTemporaryFolder { folder in
      let config = try config()
      let (summary, log) = try run(config, folder, groups: groups)
      #expect(summary.exitCode == .done && summary.trials.done == Self.count + 1)
      // What is to come counts from the beginning.
      #expect(log.all.allSatisfy { $0.snapshot.total == Self.count + 1 })
      let state = try state(folder)
      let study = config.proposing(state.proposals)
      #expect(study.configurationsToCome == 0 && study.trials.count == Self.count + 1)
      #expect(Set(state.endings.keys) == Set(study.trials.map(\.id)))
      // It is asked as late as can be: no trial is proposed while groups have trials enough.
      var (proposed, started) = (1, 0)
      for case let event in log.all.map(\.event) {
        if case .proposed = event { proposed += 1 }
        if case .started = event { started += 1 }
        #expect(proposed - started <= groups)
      }
      let reader = StudyReader(folder: folder)
      #expect(try reader.study() == study)
      #expect(try StudyStatus(reader).isComplete)
      // A second run finds nothing to do, and one of more trials goes on.
      #expect(try run(config, folder).log.all.allSatisfy { $0.event.startedTrial == nil })
      let more = try run(try self.config(["search.trials=14"]), folder)
      #expect(more.log.all.count { $0.event.startedTrial != nil } == 2)
      #expect(more.summary.trials.done == 15)
    }
  }

  /// Killed after any line of the journal, a run that goes on proposes the same configurations.
  @Test func aRunThatGoesOnProposesTheSame() throws {
    try withTemporaryFolder { parent in
      let (folder, config) = ("\(parent)/whole", try config())
      _ = try run(config, folder)
      let whole = try state(folder)
      let expected = config.proposing(whole.proposals)
      #expect(Set(expected.searchedTrials.compactMap(\.values.first)).count == Self.count)
      let lines = try text("\(folder)/journal.jsonl").split(separator: "\n").count
      // Each has a proposal, a start, an epoch and an end.
      #expect(lines > 4 * Self.count)
      for line in 1..<lines {
        let copy = "\(parent)/\(line)"
        try killed(folder, after: line, copy: copy)
        let before = try StudyStatus(StudyReader(folder: copy))
        #expect(before.counts.total == Self.count + 1, "after line \(line)")
        let (summary, _) = try run(config, copy)
        #expect(summary.exitCode == .done, "after line \(line)")
        let state = try state(copy)
        #expect(state.proposals == whole.proposals, "after line \(line)")
        #expect(
          state.endings.mapValues(\.withoutFiles) == whole.endings.mapValues(\.withoutFiles),
          "after line \(line)")
        try FileManager.default.removeItem(atPath: copy)
      }
    }
  }

  /// With several groups, what was proposed before stays, and as many come as were asked for.
  @Test func whatWasProposedOutlivesACrash() throws {
    try withTemporaryFolder { parent in
      let (folder, config) = ("\(parent)/whole", try config())
      _ = try run(config, folder, groups: 3)
      let lines = try text("\(folder)/journal.jsonl").split(separator: "\n").count
      for line in stride(from: 2, to: lines, by: 7) {
        let copy = "\(parent)/\(line)"
        try killed(folder, after: line, copy: copy)
        let before = config.proposing(try state(copy).proposals)
        #expect(try run(config, copy, groups: 3).summary.trials.done == Self.count + 1)
        let after = config.proposing(try state(copy).proposals)
        #expect(after.trials.starts(with: before.trials) && after.configurationsToCome == 0)
      }
    }
  }

  /// One that is stopped has trials left, though none waits, and says so.
  @Test func whatIsToComeIsLeft() throws {
    try withTemporaryFolder { folder in
      let config = try config()
      let (summary, _) = try run(config, folder, stopAfter: 6)
      #expect(summary.exitCode == .interrupted && summary.trials.total == Self.count + 1)
      #expect((6...7).contains(summary.trials.done))
      let status = try StudyStatus(StudyReader(folder: folder))
      #expect(status.counts.left == summary.trials.left && !status.isComplete)
      #expect(status.text.contains("of \(Self.count) configurations"))
      #expect(try run(config, folder).summary.exitCode == .done)
    }
  }

  /// A failed trial is the worst there is; what can't be run is skipped, and ends the study all the same.
  @Test func failuresAndSkippedTrialsEnd() throws {
    try withTemporaryFolder { folder in
      let config = try config(["datasets=[wdbc, mnist]"])
      let (summary, _) = try run(
        config, folder, groups: 2,
        obstacle: { $0.trial.dataset.name == "mnist" ? "no such data" : nil }
      ) { trial, reporter in
        if Self.loss(trial) > 0.5 { throw Fault(description: "too far off") }
        return try Self.train(trial, reporter)
      }
      #expect(summary.exitCode == .someTrialsFailed && summary.trials.left == 0)
      #expect(summary.trials.skipped == Self.count + 1 && summary.trials.failed > 0)
      #expect(summary.trials.done + summary.trials.failed == Self.count + 1)
    }
  }

  /// A list has only so many values: what comes up again isn't trained again, and nobody waits for it.
  @Test func proposalsThatComeUpAgainAreSkippedOver() throws {
    try withTemporaryFolder { folder in
      let config = try config([
        "search.parameters={activations.srelu.beta: {choice: [0.1, 0.2]}}"
      ])
      let (summary, _) = try run(config, folder, groups: 2)
      #expect(summary.exitCode == .done && (2...3).contains(summary.trials.done))
      let study = config.proposing(try state(folder).proposals)
      #expect(study.draws?.proposed == Self.count && study.trials.count == summary.trials.done)
    }
  }
}
