import DataParallel
import Experiments
import Foundation
import TestSupport
import Testing

/// Attempts at a trial whose replicas differ.
@Suite struct TrialRunnerTests {
  private struct Other: Error {}

  private func mismatch(_ step: Int) -> ReplicaMismatch {
    ReplicaMismatch(ranks: [1], groupSize: 3, step: step, tensor: "fc1.weight")
  }

  @Test(arguments: 0...2) func straysAreTriedAgain(mismatches: Int) throws {
    var (attempts, notes) = (0, [String]())
    let result = try TrialRunner.retrying(note: { notes.append($0) }) {
      attempts += 1
      if attempts <= mismatches { throw mismatch(attempts) }
      return "trained"
    }
    #expect(result == "trained")
    #expect(attempts == mismatches + 1)
    #expect(notes.count == mismatches)
    for (index, note) in notes.enumerated() {
      #expect(note.contains("step \(index + 1)"))
      #expect(note.contains("rank 1"))
    }
  }

  @Test func faultyHardwareIsGivenUp() {
    var (attempts, notes) = (0, 0)
    #expect(throws: mismatch(3)) {
      try TrialRunner.retrying(note: { _ in notes += 1 }) {
        attempts += 1
        throw mismatch(attempts)
      }
    }
    #expect(attempts == 3)
    #expect(notes == 2)
  }

  @Test func otherErrorsAreNotTriedAgain() {
    var attempts = 0
    #expect(throws: Other.self) {
      try TrialRunner.retrying(note: { _ in Issue.record("nothing is to be said") }) {
        attempts += 1
        throw Other()
      }
    }
    #expect(attempts == 1)
  }

  private func study() -> StudyConfig {
    var study = StudyConfig(
      name: "s", datasets: [DatasetSpec(name: "wdbc")], architectures: [.ffnn],
      activations: [ActivationSpec(name: "relu")],
      training: StudyConfig.TrainingAxes(epochs: ["wdbc": [1]]))
    study.gradientExchange = .allreduce
    study.checkpointSeconds = 7
    study.verifySteps = 11
    return study
  }

  @Test func aTrialIsTrainedAsItsStudySays() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/study.yaml"))
      let runner = TrialRunner(study(), folder: folder)
      for isFirst in [true, false] {
        let options = runner.options(
          for: "abc", isFirst: isFirst, pauseAfter: isFirst ? 3 : nil, lock: "id",
          note: { Issue.record("nothing is to be said: \($0)") })
        #expect(options.exchange == .allreduce)
        #expect(options.checkpointSeconds == 7)
        #expect(options.verifySteps == 11)
        #expect(options.pauseAfter == (isFirst ? 3 : nil))
        // The others get the state from the first.
        #expect((options.checkpoints != nil) == isFirst)
      }
    }
  }

  @Test func aRankThatDoesNotSeeTheFolderSaysSo() throws {
    try withTemporaryFolder { folder in
      let runner = TrialRunner(study(), folder: folder + "/elsewhere")
      var notes: [String] = []
      let options = runner.options(
        for: "abc", isFirst: true, pauseAfter: nil, lock: "id", note: { notes.append($0) })
      #expect(options.checkpoints == nil)
      #expect(notes.count == 1)
      #expect(notes.first?.contains(folder + "/elsewhere") == true)
    }
  }
}
