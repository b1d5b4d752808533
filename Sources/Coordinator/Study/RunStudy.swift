import DataParallel
import Experiments
import Health
import MPI
import Storage
import Support

/// Runs a study: every rank of `world` calls it, and it returns the same on all.
///
/// The ranks form groups of `ranksPerTrial` consecutive ones. A thread on rank 0 leads: it opens the
/// study's folder, dispatches trials, longest first, writes down what comes back and publishes what
/// happens. It sleeps between messages, so that rank 0 trains like every other rank. MPI must have
/// been initialised with `ThreadLevel.multiple`.
/// - Parameters:
///   - world: the ranks that take part.
///   - ranksPerTrial: ranks that train one trial together; divides the number of ranks.
///   - plan: used on rank 0 alone; the same value may be given on all.
///   - stop: this rank's. Once set on a rank that works, running trials are interrupted, and the
///     summary's exit code is `.interrupted` when trials are left.
///   - heartbeat: this rank's heartbeat, which beats while it waits for work.
///   - coordinatorHeartbeat: on rank 0, the coordinator's, which no other thread may beat.
///   - train: trains one trial on this rank, together with the other ranks of the communicator that
///     it gets, which is this group's alone. An error that it throws fails the trial, and the study
///     goes on, so it must leave no rank of its group behind in a collective operation: either every
///     rank throws or none waits for the others. `MPIError` is for what can't be kept in step.
///     `TrialInterrupted` releases the trial; see `TrialReporter.shouldStop`.
/// - Returns: how the study ended. What stopped it, such as a folder in use or a full disk, is told
///   there, not thrown.
/// - Throws: `StudyError.ranksPerTrial` on every rank before anything else is done; `MPIError`, after
///   which ranks may be left waiting and `MPIRuntime.abort` is the way out.
package func runStudy(
  world: Communicator, ranksPerTrial: Int, plan: StudyPlan, stop: StopFlag,
  heartbeat: Heartbeat = Heartbeat(), coordinatorHeartbeat: Heartbeat? = nil,
  train: (Trial, Communicator, TrialReporter) throws -> TrainedTrial
) throws -> StudySummary {
  try StudyError.check(ranksPerTrial: ranksPerTrial, ranks: world.size)
  let clock = StudyClock.system
  let control = try world.duplicate()
  guard let group = try world.split(color: world.rank / ranksPerTrial, key: world.rank) else {
    throw MPIError(operation: "MPI_Comm_split", refusal: "rank \(world.rank) is in no group.")
  }
  let groupControl = group.size > 1 ? try group.duplicate() : nil
  let leading =
    world.rank == 0 ? lead(plan, control, ranksPerTrial, stop, clock, coordinatorHeartbeat) : nil
  let line = MPIGroupLine(control: control, coordinatorFailure: { leading?.failure })
  let joining = JoiningRank(world: world, alone: group)
  let sync: any GroupSync =
    groupControl.map { MPIGroup(communicator: $0, clock: clock) } ?? joining
  let rank = StudyRank(
    line: group.rank == 0 ? line : nil, group: sync, stop: stop, heartbeat: heartbeat,
    clock: clock)
  let summary = try rank.run(isFatal: isFatal) { trial, reporter in
    try train(trial, group.size > 1 ? group : joining.current, reporter)
  }
  _ = try leading?.join()
  try groupControl?.free()
  try group.free()
  try control.free()
  return summary
}

/// Whether a group that meets an error can't go on together, or has nobody to report to any more.
private func isFatal(_ error: any Error) -> Bool {
  error is MPIError || error is SharedMemoryShortage || error is ProtocolError
    || error is LostCoordinator
}

private func lead(
  _ plan: StudyPlan, _ control: Communicator, _ ranksPerTrial: Int, _ stop: StopFlag,
  _ clock: StudyClock, _ heartbeat: Heartbeat?
) -> JoinableThread<StudySummary> {
  // From here on only the new thread uses it.
  nonisolated(unsafe) let heartbeat = heartbeat ?? Heartbeat()
  return JoinableThread(name: "coordinator") {
    let line = MPICoordinatorLine(control: control, ranksPerTrial: ranksPerTrial)
    let coordinator = StudyCoordinator(
      plan, line: line, ranksPerTrial: ranksPerTrial, stop: stop, heartbeat: heartbeat,
      clock: clock)
    return try coordinator.run(over: POSIXFileSystem())
  }
}
