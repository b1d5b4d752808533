import Coordinator
import Experiments

extension TrialQueue {
  /// What is wrong with the queue's own ledger, for tests: empty unless there is a bug.
  var brokenInvariants: [String] {
    var broken: [String] = []
    let waitingStates = states.indices.filter { states[$0] == .waiting }
    if Set(waiting) != Set(waitingStates) || waiting.count != waitingStates.count {
      broken.append("waiting list \(waiting), waiting states \(waitingStates)")
    }
    for (first, second) in zip(waiting, waiting.dropFirst()) where places[first] <= places[second] {
      broken.append("trial \(first) waits before \(second)")
    }
    for (index, state) in states.enumerated() {
      if case .running(let group, _) = state, held[group] != index {
        broken.append(
          "trial \(index) runs on group \(group), which has \(String(describing: held[group]))")
      }
    }
    for (group, index) in held.enumerated() {
      guard let index else { continue }
      // A group may hold a trial that has moved on without it, but never a waiting one.
      if states[index] == .waiting {
        broken.append("group \(group) has the waiting trial \(index)")
      }
    }
    for index in progress.keys where states[index].isFinal || states[index] == .waiting {
      broken.append("progress of trial \(index), which isn't running")
    }
    if counts != StudyCounts(states.map(\.trialState)) {
      broken.append("counts \(counts) of states \(states)")
    }
    return broken
  }

  /// Whether a group that has asked goes without a trial while one waits: false after `dispatch`.
  var hasIdleGroupWhileTrialsWait: Bool {
    !waiting.isEmpty && asking.contains { held[$0] == nil }
  }
}

extension TrialQueue.State {
  /// Whether no group is to work on it, as far as known.
  var isFinal: Bool { ![.waiting, .running].contains(trialState) }
}
