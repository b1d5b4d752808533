import Coordinator
import Experiments

// Trials that are stopped early, and what must hold.
extension StudySimulation {
  /// A trial has come to a rung.
  mutating func pause(_ index: Int, _ group: Int) {
    let id = trials[index].id
    guard queue.stop(id, group: group, at: time) == .accepted else { return }
    if deathsLeft > 0, chance(10) {
      deathsLeft -= 1
      return die()
    }
    if isDiskFull() {
      queue.reopen(id)
      if let broken = queue.brokenInvariants.first { complain(broken) }
      return giveUp()
    }
    disk.apply(.epoch(trial: id, record: epoch(rungsPassed(index) + 1, 1)))
    disk.apply(.ended(Self.stopped[index]))
    guard goesOn(index) else { return }
    promotions += 1
    if queue.promote(id) != .accepted { complain("trial \(index) can't go on") }
  }

  func rungsPassed(_ index: Int) -> Int {
    disk.history.count { $0.trial == trials[index].id && $0.state == .stopped }
  }

  /// Whether a trial is to go on from the rung where it was stopped.
  func goesOn(_ index: Int) -> Bool {
    let passed = rungsPassed(index)
    return passed > 0 && disk.endings[trials[index].id]?.status == .stopped
      && rungs[index][passed - 1]
  }

  // MARK: - What must hold

  mutating func complain(_ text: String) { complaint = complaint ?? text }

  mutating func check() {
    if queue.hasIdleGroupWhileTrialsWait { complain("a group is idle while a trial waits") }
    if let broken = queue.brokenInvariants.first { complain(broken) }
    for (index, trial) in trials[..<known].enumerated() {
      let isOnDisk = disk.endings[trial.id] != nil && !goesOn(index)
      let isEnded = queue.state(of: trial.id)?.isFinal == true
      if isEnded != isOnDisk {
        complain("trial \(index) is ended: \(isEnded), on disk: \(isOnDisk)")
      }
    }
  }

  mutating func checkEnd() {
    for (index, trial) in trials.enumerated() {
      let status = disk.endings[trial.id]?.status
      let isBlamed = crashesSeen[index] >= Self.crashLimit
      let isStopped = rungs[index].contains(false) && fates[index] != .kills && !isBlamed
      let due = endingsDue[index] - (isStopped ? 1 : 0)
      if endings[index] != due {
        complain("trial \(index) ended \(endings[index]) times, not \(due)")
      }
      let expected: TrialState =
        isStopped ? .stopped : fates[index] == .finishes && !isBlamed ? .finished : .failed
      if status != expected { complain("trial \(index) is \(String(describing: status))") }
      if fates[index] == .kills, !isBlamed { complain("trial \(index) failed before its time") }
    }
  }
}
