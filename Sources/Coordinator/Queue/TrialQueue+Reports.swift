extension TrialQueue {
  /// Records that a group has trained a trial to its end.
  public mutating func finish(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .finished, group: group, at: time)
  }

  /// Records that a trial has failed in a group.
  public mutating func fail(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .failed, group: group, at: time)
  }

  /// Records that a group has trained a trial as far as it was to be for now.
  public mutating func stop(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .stopped, group: group, at: time)
  }

  /// Resumes a stopped trial, ahead of all waiting ones. Others are unchanged.
  public mutating func promote(_ id: String) -> Reception {
    guard let index = indices[id] else { return .unknown }
    guard states[index] == .stopped else { return .duplicate }
    promotions += 1
    places[index] = -promotions
    startWaiting(index)
    return .accepted
  }

  /// Skips a waiting trial. One that a group works on, or that has ended, is unchanged.
  public mutating func skip(_ id: String) -> Reception {
    guard let index = indices[id] else { return .unknown }
    guard states[index] == .waiting else { return .duplicate }
    stopWaiting(index)
    move(index, to: .skipped)
    return .accepted
  }

  /// Takes a group's trial back: it waits again, at its old place in the order.
  /// - Returns: the trial; nil if the group had none that was still to be done.
  @discardableResult
  public mutating func release(_ group: Int) -> QueuedTrial? {
    guard let index = held[group] else { return nil }
    letGo(index, group)
    guard case .running(group, _) = states[index] else { return nil }
    startWaiting(index)
    return trials[index]
  }

  /// Undoes the end of a trial whose result was lost: it waits again, at its old place.
  public mutating func reopen(_ id: String) {
    guard let index = indices[id], [.finished, .failed, .stopped].contains(states[index]) else {
      preconditionFailure("trial \(id) hasn't ended, so it can't be reopened")
    }
    begun[index] = nil
    startWaiting(index)
  }

  /// Records a group's progress with its trial; ignored unless the trial was last given to that
  /// group.
  /// - Parameter fraction: the share of the trial's work that is done, in [0, 1].
  public mutating func advance(_ id: String, group: Int, fraction: Double, at time: Double) {
    guard let index = indices[id], case .running(group, let since) = states[index] else { return }
    progress[index, default: TrialCourse(start: TrialCourse.Point(fraction: 0, time: since))]
      .advance(to: TrialCourse.Point(fraction: min(max(fraction, 0), 1), time: time))
  }

  /// Restarts the measurement of a trial that its group resumes from a checkpoint: earlier work
  /// says nothing of the speed. `advance` then reports the position.
  public mutating func resume(_ id: String, group: Int) {
    guard let index = indices[id], case .running(group, _) = states[index] else { return }
    progress[index] = TrialCourse(start: nil)
  }

  private mutating func end(
    _ id: String, as state: State, group: Int, at time: Double
  ) -> Reception {
    guard let index = indices[id] else { return .unknown }
    letGo(index, group)
    switch states[index] {
    case .finished, .failed, .skipped, .stopped: return .duplicate
    case .waiting: stopWaiting(index)
    case .running(group, let since):
      if state == .finished { measure(index, since: since, at: time) }
    case .running: break
    }
    move(index, to: state)
    keepShare(of: index)
    return .accepted
  }

  /// Adds the time of a trial that is done, as far as it was trained in this run.
  private mutating func measure(_ index: Int, since: Double, at time: Double) {
    let course =
      progress[index] ?? TrialCourse(start: TrialCourse.Point(fraction: 0, time: since))
    guard let start = course.start else { return }
    measured.shares[index, default: 0] += 1 - start.fraction
    measured.cost += (1 - start.fraction) * costs[index]
    measured.seconds += time - start.time
  }

  /// Keeps the progress of a trial that stopped running, since it may resume from about there.
  private mutating func keepShare(of index: Int) {
    if let last = progress.removeValue(forKey: index)?.last { begun[index] = last.fraction }
  }

  private mutating func letGo(_ index: Int, _ group: Int) {
    if case .running(group, _) = states[index] {
      for member in held.indices where held[member] == index { held[member] = nil }
    } else if held[group] == index {
      held[group] = nil
    }
  }

  private mutating func startWaiting(_ index: Int) {
    move(index, to: .waiting)
    keepShare(of: index)
    waiting.insert(index, at: waitingPosition(of: index))
  }

  private mutating func stopWaiting(_ index: Int) {
    let position = waitingPosition(of: index)
    precondition(waiting[position] == index, "trial \(index) is said to wait and doesn't")
    waiting.remove(at: position)
  }

  /// Returns a trial's position in the waiting list, by its place; places descend along the list.
  private func waitingPosition(of index: Int) -> Int {
    var low = 0
    var high = waiting.count
    while low < high {
      let middle = (low + high) / 2
      if places[waiting[middle]] > places[index] { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
