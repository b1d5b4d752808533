import DataParallel
import Experiments

/// What groups report.
extension StudyLeader {
  func handle(_ message: WorkerMessage, from group: Int) throws {
    defer { if let id = message.endedTrial, id == yielding { yielding = nil } }
    switch message {
    case .ready:
      rejoining.remove(group)
      queue.ready(group)
    case .progress(let id, let progress):
      _ = try known(id, group)
      queue.advance(id, group: group, fraction: progress.fraction, at: clock.seconds())
      publish(.progress(trial: id, progress))
    case .epochFinished(let id, let record):
      let trial = try known(id, group)
      if try tell(.epoch(trial: id, record: record)) {
        pace?.learn(trial, groups: max(1, queue.team(of: id).count), epoch: record)
        hasNewPace = true
      }
    case .finished(let id, let outcome, let byteCount):
      let model = try line.receiveModel(from: group, byteCount: byteCount)
      finish(try known(id, group), TrainedTrial(outcome: outcome, model: model), group: group)
    case .failed(let id, let reason, let seconds):
      fail(try known(id, group), reason: reason, seconds: seconds, group: group)
    case .interrupted(let id): try interrupt(try known(id, group), group: group)
    case .paused(let id, let seconds):
      try pause(try known(id, group), group: group, seconds: seconds)
    case .resumed(let id, let step, let epochs):
      _ = try known(id, group)
      queue.resume(id, group: group)
      try tell(
        .resumed(trial: id, step: step, epoch: epochs.count),
        followedBy: epochs.map { .epoch(trial: id, record: $0) })
    case .note(let id, let text):
      _ = try known(id, group)
      let note = StudyEvent.note(trial: id, text: text)
      // Said even if it can't be written down.
      try write { try $0.record([note]) }
      publish(note)
    case .cannotWrite(_, let error): if let books { try giveUp(books.problem(of: error)) }
    }
  }

  private func finish(_ trial: QueuedTrial, _ trained: TrainedTrial, group: Int) {
    guard queue.finish(trial.id, group: group, at: clock.seconds()) == .accepted else { return }
    endings.append(
      Ending(
        trial: trial, summary: TrialSummary(trial.trial, trained.outcome), trained: trained))
  }

  private func fail(_ trial: QueuedTrial, reason: String, seconds: Double, group: Int) {
    let ranks = ranksPerTrial * max(1, queue.team(of: trial.id).count)
    guard queue.fail(trial.id, group: group, at: clock.seconds()) == .accepted else { return }
    endings.append(
      Ending(
        trial: trial,
        summary: TrialSummary(
          trial.trial, status: .failed, reason: reason, ranks: ranks, seconds: seconds)))
  }

  /// A group that gives up without being told was told by somebody else: handing its trial out again
  /// would go round in circles.
  private func interrupt(_ trial: QueuedTrial, group: Int) throws {
    let isYielded = yielding == trial.id && !isStopping
    if isYielded {
      // Messages of different groups come in any order: some may have asked already.
      rejoining = Set(queue.team(of: trial.id)).subtracting(queue.asking)
    } else {
      try beginStop()
    }
    queue.release(group)
    let event = StudyEvent.interrupted(trial: trial.id)
    try write { try $0.record([event]) }
    publish(
      isYielded
        ? .note(trial: trial.id, text: "given up for other ranks to join in") : event)
  }

  private func known(_ id: String, _ group: Int) throws -> QueuedTrial {
    guard let trial = queue.trial(id) else {
      throw ProtocolError("group \(group) reports the trial \(id), which this study doesn't have")
    }
    return trial
  }
}
