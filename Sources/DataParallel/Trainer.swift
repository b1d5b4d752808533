import Datasets
import Experiments
import Health
import MPI
import NeuralNet
import Storage
import Support

/// Trains one trial on the ranks of a group, data-parallel: every rank holds a replica and takes
/// its slice of each global batch, so that any number of ranks gives the same mathematics.
///
/// Where the group's first rank has checkpoints it goes on from them, and ends with the same bits as
/// if it had never been interrupted.
package final class Trainer {
  private let trial: Trial
  private let data: TrialData
  private let group: Communicator
  private let heartbeat: Heartbeat
  private let observer: any TrialObserver
  private let options: TrainerOptions
  package let replica: Replica
  private let modelMetadata: [String: String]
  private let observation: ObservationPlan
  private var permutation: [UInt32]
  private var evaluationIndices: [UInt32]
  private var state: TrainingState
  private var checkpoints: TrialCheckpoints

  /// Plans a trial; every rank of the group calls it.
  /// - Throws: `TrialShapeError` where the network doesn't fit the data, `OptimizerError`, `MPIError`.
  package init(
    _ trial: Trial, data: TrialData, on context: RankContext, observer: any TrialObserver,
    options: TrainerOptions = TrainerOptions()
  ) throws {
    self.trial = trial
    self.data = data
    group = context.group
    heartbeat = context.heartbeat
    self.observer = observer
    self.options = options
    let spec = try NetworkSpec(trial, input: data.train.shape, classes: data.classNames.count)
    // A batch of more than all samples is all of them.
    let batch = min(trial.training.batchSize, data.train.count)
    let localBatch = Team.share(of: batch, rank: 0, ranks: group.size).count
    heartbeat.begin(
      trial: trial.id, usualSeconds: Self.slowStepSeconds(spec, localBatch))
    replica = try Replica(
      spec, batch: batch, atOnce: Self.evaluationBatch, seed: trial.seed,
      optimizer: try trial.training.resolvedOptimizer(), on: context.computing(trial),
      exchange: options.exchange, hosts: options.hosts)
    modelMetadata = try trial.modelMetadata(spec)
    observation = ObservationPlan(
      count: data.train.count, batchSize: trial.training.batchSize,
      epochs: trial.training.epochs)
    permutation = Array(0..<UInt32(data.train.count))
    evaluationIndices = [UInt32](repeating: 0, count: replica.network.capacity)
    state = TrainingState(trial: trial.id)
    checkpoints = TrialCheckpoints(options, of: replica, observer: observer)
  }

  /// What a step takes on a slow core, until one was measured.
  private static func slowStepSeconds(_ spec: NetworkSpec, _ batch: Int) -> Double {
    (ModelCost(spec)?.trainingFLOPs ?? 0) * Double(batch) / 2e9
  }

  /// Large enough for the matrix products, small enough for the cache.
  private static let evaluationBatch = 256

  /// Trains all epochs that are left and scores the result on both sets; once.
  /// - Throws: `TrialDiverged`, `TrialInterrupted`, `TrialPaused`, `ReplicaMismatch` (on every rank
  ///   of the group), `MPIError`. After a `ReplicaMismatch` another trainer goes on from the last
  ///   checkpoint, which the error didn't reach.
  package func run() throws -> TrainedTrial {
    let result = Result { try train() }
    // The last checkpoint may still be on its way to a slow disk.
    heartbeat.beat(.files, step: state.step)
    checkpoints.finish()
    // After any other error this rank may be alone with it, and would wait for the others for ever.
    if case .failure(let error) = result, !Self.isSeenByAllRanks(error) { throw error }
    // The others wait for that disk here, where nobody takes it for a stall.
    heartbeat.beat(.meeting, step: state.step)
    try group.barrier()
    heartbeat.beat(.ending, step: state.step)
    try replica.free()
    return try result.get()
  }

  private static func isSeenByAllRanks(_ error: any Error) -> Bool {
    error is TrialDiverged || error is TrialInterrupted || error is ReplicaMismatch
      || error is TrialPaused
  }

  private func train() throws -> TrainedTrial {
    if let earlier = try checkpoints.resume(trial.id) { state = earlier }
    let clock = Stopwatch(already: state.seconds)
    while state.epoch <= trial.training.epochs {
      if let last = state.records.last, isPause(last) { throw TrialPaused(record: last) }
      try trainEpoch(clock)
      try finishEpoch(clock)
    }
    let outcome = try score(seconds: { clock.seconds })
    let model =
      group.rank == 0
      ? Safetensors.encode(replica.network.stateDictionary(), metadata: modelMetadata) : []
    // What was measured and encoded counts if the replicas still agree after it.
    try replica.check(step: state.step)
    return TrainedTrial(outcome: outcome, model: model)
  }

  private func isPause(_ record: EpochRecord) -> Bool {
    options.pauseAfter.map { record.epoch >= $0 } ?? false
  }

  private func score(seconds: () -> Double) throws -> TrialOutcome {
    let train = try measure(data.train, epoch: state.records.count)
    let test = try measure(data.test, epoch: state.records.count)
    func scores(_ measured: (loss: Double, confusion: ConfusionMatrix)) -> ClassificationScores {
      ClassificationScores(
        confusion: measured.confusion, loss: measured.loss, positiveClass: data.positiveClass)
    }
    return TrialOutcome(
      test: scores(test), train: scores(train), confusion: test.confusion,
      classNames: data.classNames, epochs: state.records, ranks: group.size, seconds: seconds())
  }

  /// Loss and confusion of samples after an epoch. The last step's weights have met no other loss, so
  /// this one is looked at too.
  private func measure(_ samples: SampleSet, epoch: Int) throws
    -> (loss: Double, confusion: ConfusionMatrix)
  {
    let measured = try replica.evaluate(
      samples, classes: data.classNames.count, indices: &evaluationIndices, step: state.step)
    guard measured.loss.isFinite else { throw diverged(.loss, epoch: epoch) }
    return measured
  }

  /// What is left of the epoch under way.
  private func trainEpoch(_ clock: Stopwatch) throws {
    if trial.training.shuffle {
      EpochOrder.fill(&permutation, seed: trial.seed, epoch: state.epoch)
    }
    let batches = BatchPlan(count: data.train.count, batchSize: trial.training.batchSize)
    let before = state.epochSeconds
    let epochClock = Stopwatch(already: before)
    while state.batch < batches.count {
      let range = batches.range(state.batch)
      let votes = try trainStep(range)
      state.epochSeconds = epochClock.seconds
      state.seconds = clock.seconds
      if votes.stop || votes.checkpoint {
        try checkpoints.write(state, stopping: votes.stop)
      }
      if votes.stop { throw TrialInterrupted(step: state.step) }
      guard group.rank == 0, observer.wantsProgress else { continue }
      try observer.progress(progress(range, of: batches, seconds: epochClock.seconds))
    }
  }

  private func progress(_ range: Range<Int>, of batches: BatchPlan, seconds: Double)
    -> TrialProgress
  {
    let seen = Double(range.upperBound)
    let share = Double(state.epoch - 1) + Double(state.batch) / Double(batches.count)
    return TrialProgress(
      epoch: state.epoch, fraction: share / Double(trial.training.epochs),
      loss: state.lossSum / seen, accuracy: state.correctSum / seen,
      samplesPerSecond: seen / seconds)
  }

  /// Measures, compares the replicas, and writes the epoch down: what was measured counts if the
  /// replicas agree after it.
  private func finishEpoch(_ clock: Stopwatch) throws {
    let measuring = Stopwatch(already: state.epochSeconds)
    let test = try replica.observed { try measure(data.test, epoch: state.epoch) }
    let isDue = observation.isDue(after: state.epoch)
    let layers = try replica.layerRecords(
      gradientNorms: isDue ? try gradientNorms() : nil, step: state.step)
    let sample = isDue ? try scoredSample() : nil
    try replica.check(step: state.step)
    let count = Double(data.train.count)
    let record = EpochRecord(
      epoch: state.epoch, trainLoss: state.lossSum / count,
      trainAccuracy: state.correctSum / count, testLoss: test.loss,
      testAccuracy: test.confusion.accuracy, seconds: measuring.seconds,
      sampledTrainLoss: sample?.loss, sampledTrainAccuracy: sample?.confusion.accuracy,
      stepSeconds: state.epochSeconds / Double(max(1, state.batch)), layers: layers)
    state.records.append(record)
    state.epoch += 1
    (state.batch, state.lossSum, state.correctSum, state.epochSeconds) = (0, 0, 0, 0)
    state.seconds = clock.seconds
    if group.rank == 0 { try observer.epochFinished(record) }
    try checkpoints.writeAfterEpoch(state, pausing: isPause(record))
  }

  /// Loss and confusion of a fixed part of the training set.
  private func scoredSample() throws -> (loss: Double, confusion: ConfusionMatrix) {
    try replica.evaluate(
      data.train, every: observation.sampleInterval, classes: data.classNames.count,
      indices: &evaluationIndices, step: state.step)
  }

  /// Each hidden layer's, on a batch of samples spread evenly over the training set.
  private func gradientNorms() throws -> [Double] {
    let size = observation.gradientSamples
    let spread = (0..<size).map { UInt32($0 * data.train.count / size) }
    return try spread.withUnsafeBufferPointer {
      try replica.gradientNorms(samples: data.train, batch: $0, step: state.step)
    }
  }

  /// One step on the global batch at `range` of the epoch's order.
  /// - Returns: what the ranks want next.
  private func trainStep(_ range: Range<Int>) throws -> Replica.Votes {
    let votes = Replica.Votes(
      stop: try observer.shouldStop(), checkpoint: try checkpoints.isWanted())
    let report = try permutation.withUnsafeBufferPointer { order in
      try replica.step(
        samples: data.train, batch: UnsafeBufferPointer(rebasing: order[range]), step: state.step,
        votes: votes)
    }
    state.step += 1
    guard report.loss.isFinite else { throw diverged(.loss, epoch: state.epoch) }
    guard report.areGradientsFinite else { throw diverged(.gradient, epoch: state.epoch) }
    state.batch += 1
    state.lossSum += Double(report.loss)
    state.correctSum += Double(report.correct)
    state.lastLoss = Double(report.loss) / Double(range.count)
    if let steps = options.verifySteps, state.step % steps == 0 {
      try replica.check(step: state.step)
    }
    return report.votes
  }

  private func diverged(_ quantity: TrialDiverged.Quantity, epoch: Int) -> TrialDiverged {
    TrialDiverged(quantity: quantity, epoch: epoch, step: state.step, lastLoss: state.lastLoss)
  }
}

/// Seconds since its start, on top of those that were spent before.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let already: Double

  init(already: Double) { self.already = already }

  var seconds: Double { already + (ContinuousClock.now - start).inSeconds }
}
