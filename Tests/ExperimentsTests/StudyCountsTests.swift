import Experiments
import Foundation
import Support
import Testing

@Suite struct StudyCountsTests {
  @Test func everyTrialIsCountedOnce() {
    for state in TrialState.allCases {
      let counts = StudyCounts([state, state])
      #expect(counts.total == 2 && counts[state] == 2)
      // What is damaged is trained again.
      let isLeft = [.waiting, .running, .damaged].contains(state)
      #expect(counts.left == (isLeft ? 2 : 0))
      #expect(counts.left + counts.done + counts.failed + counts.stopped + counts.skipped == 2)
    }
    let all = StudyCounts(TrialState.allCases)
    #expect(all.waiting == 2 && all.total == 7)
  }

  @Test(arguments: [
    ([TrialState](), ExitCode.done), ([.finished, .stopped, .skipped], .done),
    ([.finished, .failed], .someTrialsFailed), ([.failed, .waiting], .interrupted),
    ([.failed, .running], .interrupted), ([.finished, .damaged], .interrupted),
  ])
  func theExitCodeSaysWhatIsLeftThenWhatFailed(states: [TrialState], code: ExitCode) {
    #expect(StudyCounts(states).exitCode == code)
  }

  @Test func phrasesLeaveOutWhatIsEmptyUnlessAsked() {
    let counts = StudyCounts([.finished, .finished, .failed])
    #expect(counts.phrases([.failed, .running, .finished]) == ["1 failed", "2 done"])
    #expect(
      counts.phrases([.finished, .running, .stopped], always: [.running]) == [
        "2 done", "0 running",
      ])
  }

  /// A file can say only how a trial ended.
  @Test func onlyAnEndingIsReadFromAFile() throws {
    for state in TrialState.allCases {
      let text = Data("[\"\(state.rawValue)\"]".utf8)
      let read = try? JSON.value([TrialState].self, from: text)
      #expect(read == (state.isEnding ? [state] : nil))
    }
    #expect((try? JSON.value([TrialState].self, from: Data(#"["done"]"#.utf8))) == nil)
  }
}
