import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct StudyTests {
  private func once(_ seeds: some Sequence<UInt64>) -> [UInt64: Int] {
    Dictionary(uniqueKeysWithValues: seeds.map { ($0, 1) })
  }

  @Test(arguments: [1, 2, 5]) func everyTrialIsDoneOnceAndWrittenDown(groups: Int) throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: groups)
      let result = try runner.run(in: folder, seeds: 0..<20, train: pretendToTrain)
      #expect(result.coordinator.exitCode == .done)
      #expect(result.coordinator.trials.done == 20 && result.coordinator.trials.total == 20)
      #expect(result.groups == Array(repeating: result.coordinator, count: groups))
      #expect(runner.log.counts(\.startedTrial) == once(0..<20))
      #expect(runner.log.counts { $0.trial(endedAs: .finished) } == once(0..<20))
      let journal = try JournalContents(contentsOf: "\(folder)/journal.jsonl")
      let state = JournalState.replay(journal.records)
      #expect(state.running.isEmpty)
      for seed in UInt64(0)..<20 {
        let id = trial(seed).id
        #expect(state.endings[id]?.withoutFiles == TrialSummary(trial(seed), outcome(seed)))
        #expect(state.epochs[id] == outcome(seed).epochs)
        try expectFiles(of: seed, in: folder)
      }
      let summaries = (UInt64(0)..<20).map { TrialSummary(trial($0), outcome($0)) }
      #expect(try text("\(folder)/results.csv") == TrialSummary.csv(summaries))
      #expect(
        try names(in: folder) == ["journal.jsonl", "results.csv", "study.yaml", "trials"])
    }
  }

  private func expectFiles(of seed: UInt64, in folder: String) throws {
    let path = "\(folder)/trials/\(trial(seed).id)"
    #expect(
      try names(in: path) == [
        "confusion.csv", "layers.csv", "model.safetensors", "parameters.csv", "progress.csv",
        "result.json", "trial.json",
      ])
    #expect(
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/model.safetensors")))
        == model(seed))
    let summary = try TrialSummary(json: try text("\(path)/result.json"))
    #expect(summary.withoutFiles == TrialSummary(trial(seed), outcome(seed)))
    let others = try names(in: path).filter { $0 != "result.json" }
    #expect(summary.files?.keys.sorted() == others)
    for name in others {
      let size = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")).count
      #expect(summary.files?[name]?.bytes == size)
    }
    let epochs = outcome(seed).epochs
    #expect(
      try text("\(path)/parameters.csv")
        == "epoch,layer,parameter,mean,minimum,maximum\n1,fc1,slope,0.5,0.25,1\n"
        + "2,fc1,slope,0.5,0.25,1\n")
    let bare = epochs.map { epoch in
      var epoch = epoch
      epoch.layers = []
      return epoch
    }
    #expect(try EpochRecord.records(csv: try text("\(path)/progress.csv")) == bare)
    let confusion = try ConfusionMatrix.parse(csv: try text("\(path)/confusion.csv"))
    #expect(confusion.matrix == outcome(seed).confusion)
    #expect(confusion.classNames == outcome(seed).classNames)
    #expect(try text("\(path)/trial.json") == trial(seed).canonicalConfiguration + "\n")
  }

  @Test func anotherRunDoesOnlyWhatIsMissing() throws {
    try withTemporaryFolder { folder in
      _ = try StudyRunner().run(in: folder, seeds: 0..<6) { trial, reporter in
        if trial.seed == 4 { throw Fault(description: "the tape broke") }
        return try pretendToTrain(trial, reporter)
      }
      try FileManager.default.removeItem(atPath: "\(folder)/trials/\(trial(1).id)/result.json")
      // Seed 0 leaves the grid, 6 and 7 come in, 4 failed, the result of 1 was lost.
      let second = StudyRunner()
      let result = try second.run(in: folder, seeds: 1..<8, train: pretendToTrain)
      #expect(second.log.counts(\.startedTrial) == once([1, 4, 6, 7]))
      #expect(result.coordinator.exitCode == .done && result.coordinator.trials.done == 7)
      let rows = try CSV.rows(try text("\(folder)/results.csv"))
      #expect(rows.dropFirst().map { $0[0] } == (UInt64(1)..<8).map { trial($0).id })
      #expect(FileManager.default.fileExists(atPath: "\(folder)/trials/\(trial(0).id)/result.json"))
      let third = StudyRunner()
      let again = try third.run(in: folder, seeds: 1..<8, train: pretendToTrain)
      #expect(third.log.counts(\.startedTrial).isEmpty)
      #expect(again.coordinator.exitCode == .done && again.coordinator.trials.done == 7)
    }
  }

  @Test func failuresAreRecordedAndTheRestGoesOn() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner()
      let result = try runner.run(in: folder, seeds: 0..<9, skipped: [7: "no such data"]) {
        var trained = try pretendToTrain($0, $1)
        if $0.seed == 3 { throw Fault(description: "the tape broke") }
        if $0.seed == 5 { trained.outcome.epochs[1].trainLoss = .nan }
        if $0.seed == 6 { trained.outcome.test.loss = .infinity }
        return trained
      }
      #expect(result.coordinator.exitCode == .someTrialsFailed)
      #expect(result.coordinator.problem == nil)
      let counts = result.coordinator.trials
      #expect(counts.done == 5 && counts.failed == 3 && counts.skipped == 1 && counts.left == 0)
      let state = JournalState.replay(
        try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
      #expect(state.trials(.failed) == [trial(3).id, trial(5).id, trial(6).id])
      #expect(state.endings[trial(3).id]?.reason == "the tape broke")
      #expect(
        state.endings[trial(5).id]?.reason
          == "the training loss became nan in epoch 2; try a lower learning rate")
      #expect(state.endings[trial(6).id]?.reason?.contains("is inf;") == true)
      #expect(state.endings[trial(7).id]?.reason == "no such data")
      let path = "\(folder)/trials/\(trial(3).id)"
      #expect(
        try names(in: path) == [
          "layers.csv", "parameters.csv", "progress.csv", "result.json", "trial.json",
        ])
      #expect(try TrialSummary(json: try text("\(path)/result.json")).status == .failed)
      #expect(try EpochRecord.records(csv: try text("\(path)/progress.csv")).count == 2)
      // The same skipped trial isn't noted twice.
      _ = try StudyRunner().run(
        in: folder, seeds: 0..<9, skipped: [7: "no such data"], train: pretendToTrain)
      let journal = try text("\(folder)/journal.jsonl").split(separator: "\n")
      #expect(journal.count { $0.contains(#""event":"skipped""#) } == 1)
    }
  }

  @Test func aStopLeavesRunningTrialsForTheNextRun() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: 3)
      let stop = runner.stop
      let result = try runner.run(in: folder, seeds: 0..<10) { trial, reporter in
        if trial.seed > 7 { return try pretendToTrain(trial, reporter) }
        stop.request()
        while try !reporter.shouldStop() { Thread.sleep(forTimeInterval: 0.001) }
        throw TrialInterrupted(step: 1)
      }
      #expect(result.coordinator.exitCode == .interrupted)
      #expect(result.groups == Array(repeating: result.coordinator, count: 3))
      let counts = result.coordinator.trials
      #expect(counts.done <= 2 && counts.done + counts.waiting == 10 && counts.running == 0)
      let second = StudyRunner()
      let again = try second.run(in: folder, seeds: 0..<10, train: pretendToTrain)
      #expect(again.coordinator.exitCode == .done && again.coordinator.trials.done == 10)
      #expect(second.log.counts(\.startedTrial).count == counts.waiting)
    }
  }

  @Test func aGroupThatGivesUpUnaskedStopsTheStudy() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: 1)
      let result = try runner.run(in: folder, seeds: 0..<3) { _, _ in
        throw TrialInterrupted(step: 1)
      }
      #expect(result.coordinator.exitCode == .interrupted)
      #expect(result.coordinator.trials.waiting == 3)
      #expect(runner.log.counts(\.startedTrial) == [2: 1])
    }
  }

  /// Lets calls of each kind fail from the n-th on, for some n from the first to those near the end.
  @Test(arguments: FaultyFileSystem.Call.allCases)
  func aDiskThatFailsStopsTheStudyAndLosesNothing(call: FaultyFileSystem.Call) throws {
    for after in [0, 1, 3, 8, 14, 30] {
      try withTemporaryFolder { parent in
        let folder = "\(parent)/run"
        let fileSystem = FaultyFileSystem()
        fileSystem.fail(call, after: after, partial: 30)
        let runner = StudyRunner(groups: 2, fileSystem: fileSystem)
        let result = try runner.run(in: folder, seeds: 0..<5, train: pretendToTrain)
        guard fileSystem.struck > 0 else {
          #expect(result.coordinator.exitCode == .done)
          return
        }
        #expect(result.coordinator.exitCode == .cannotWrite)
        #expect(result.coordinator.problem?.contains("No space left on device") == true)
        #expect(result.groups == Array(repeating: result.coordinator, count: 2))
        let reported = runner.log.counts { $0.trial(endedAs: .finished) }
        #expect(result.coordinator.trials.done == reported.count)
        let second = StudyRunner()
        let again = try second.run(in: folder, seeds: 0..<5, train: pretendToTrain)
        #expect(again.coordinator.exitCode == .done && again.coordinator.trials.done == 5)
        for seed in second.log.counts(\.startedTrial).keys { #expect(reported[seed] == nil) }
        for seed in UInt64(0)..<5 { try expectFiles(of: seed, in: folder) }
      }
    }
  }

  @Test func aFolderThatCannotBeUsedSendsEveryGroupHome() throws {
    try withTemporaryFolder { folder in
      let holder = try StudyFolder(opening: folder, for: study("study"))
      let result = try StudyRunner().run(in: folder, seeds: 0..<3, train: pretendToTrain)
      #expect(result.coordinator.exitCode == .environment)
      #expect(result.coordinator.problem?.contains(LockOwner.current.host) == true)
      #expect(result.groups == [result.coordinator, result.coordinator])
      holder.close()
      let other = try StudyRunner().run(
        in: folder, name: "other", seeds: 0..<3, train: pretendToTrain)
      #expect(other.coordinator.exitCode == .usage && other.coordinator.trials.left == 3)
    }
  }

  @Test func aLockThatIsTakenAwayStopsTheStudy() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: 1)
      let result = try runner.run(in: folder, seeds: 0..<2) { _, reporter in
        try? FileManager.default.removeItem(atPath: "\(folder)/lock")
        while try !reporter.shouldStop() { Thread.sleep(forTimeInterval: 0.05) }
        throw TrialInterrupted(step: 1)
      }
      #expect(result.coordinator.exitCode == .environment)
      #expect(result.coordinator.problem?.contains("lock file was removed") == true)
    }
  }

  @Test func epochsThatComeWithTheFailureAreKept() throws {
    try withTemporaryFolder { folder in
      let id = trial(4).id
      let exchange = MemoryExchange(groups: 1)
      let end = exchange.end(of: 0)
      try end.send(.ready)
      for number in 1...3 { try end.send(.epochFinished(trial: id, epoch(number, 1))) }
      try end.send(.failed(trial: id, reason: "the tape broke", seconds: 2.5))
      try end.send(.ready)
      let plan = StudyPlan(
        config: study("study", seeds: [4]), folder: folder,
        trials: [QueuedTrial(trial(4), cost: 1)])
      let coordinator = StudyCoordinator(
        plan, line: exchange, ranksPerTrial: 2, stop: StopFlag(), clock: .system)
      let summary = try coordinator.run(over: POSIXFileSystem())
      let sent = exchange.sent(to: 0)
      // Under an id of its own the folder is held each time.
      guard case .run(id, trial(4), nil, JoinedGroups(), let lock)? = sent.first else {
        throw UnexpectedMessages(sent)
      }
      #expect(UUID(uuidString: lock) != nil)
      #expect(sent.dropFirst() == [.leave(summary)])
      let path = "\(folder)/trials/\(id)"
      let epochs = try EpochRecord.records(csv: try text("\(path)/progress.csv"))
      #expect(epochs == (1...3).map { epoch($0, 1) })
      let result = try TrialSummary(json: try text("\(path)/result.json"))
      #expect(result.ranks == 2 && result.seconds == 2.5 && result.reason == "the tape broke")
    }
  }

  @Test func anErrorThatBreaksTheGroupLeavesTheRank() throws {
    let exchange = MemoryExchange(groups: 1)
    try exchange.send(.run(id: trial(1).id, trial(1), pauseAfter: nil), to: 0)
    let rank = StudyRank(line: exchange.end(of: 0), group: SoloGroup(), clock: .system)
    #expect(throws: FatalFault.self) {
      try rank.run(isFatal: { $0 is FatalFault }) { _, _ in throw FatalFault() }
    }
  }

  @Test func eventsTellTheWholeStoryInOrder() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: 1)
      let result = try runner.run(in: folder, seeds: 5..<6, train: pretendToTrain)
      #expect(result.coordinator.exitCode == .done)
      let journal = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records
      // What is told is what is written down, and in between how far the trial is.
      let told = runner.log.all.map(\.event)
      let progress = StudyEvent.progress(
        trial: trial(5).id,
        TrialProgress(epoch: 1, fraction: 0.25, loss: 2, accuracy: 0.5, samplesPerSecond: 1000))
      #expect(told.filter { $0 != progress } == journal.map(\.event))
      try #require(told.count == 7)
      #expect(told[2] == progress)
      let id = trial(5).id
      #expect(told[1] == .started(trial: id, group: 0))
      #expect(told[3..<5] == outcome(5).epochs.map { .epoch(trial: id, record: $0) }[...])
      #expect(told[5].trial(endedAs: .finished) == id)
      #expect(runner.log.all.map(\.snapshot.left) == [1, 1, 1, 1, 1, 0, 0])
      #expect(runner.log.all.map(\.snapshot.running) == [0, 1, 1, 1, 1, 0, 0])
    }
  }
}

private struct UnexpectedMessages: Error {
  let messages: [CoordinatorMessage]
  init(_ messages: [CoordinatorMessage]) { self.messages = messages }
}
