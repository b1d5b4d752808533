import DataParallel
import Testing

/// Attempts at a trial whose replicas differ.
@Suite struct TrialRunnerTests {
  private struct Other: Error {}

  private func mismatch(_ step: Int) -> ReplicaMismatch {
    ReplicaMismatch(ranks: [1], groupSize: 3, step: step, tensor: "fc1.weight")
  }

  @Test(arguments: 0...2) func straysAreTriedAgain(mismatches: Int) throws {
    var (attempts, notes) = (0, [String]())
    let result = try TrialRunner.run(note: { notes.append($0) }) {
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
      try TrialRunner.run(note: { _ in notes += 1 }) {
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
      try TrialRunner.run(note: { _ in Issue.record("nothing is to be said") }) {
        attempts += 1
        throw Other()
      }
    }
    #expect(attempts == 1)
  }
}
