import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet

/// Trains one trial on the ranks of a group, data-parallel: every rank holds a replica and takes
/// its slice of each global batch, so that any number of ranks gives the same mathematics.
public final class Trainer {
  private let trial: Trial
  private let data: TrialData
  private let group: Communicator
  private let observer: any TrialObserver
  private let replica: Replica
  private let adam: Adam
  private let order: EpochOrder
  private var permutation: [UInt32]
  private var evaluationIndices: [UInt32]
  private var step = 0
  private var lastFiniteLoss: Double?

  /// Plans a trial; every rank of the group calls it.
  ///
  /// - Throws: `TrialShapeError` where the network doesn't fit the data, `MPIError`.
  public init(
    _ trial: Trial, data: TrialData, group: Communicator, instructionSet: InstructionSet,
    exchange: GradientExchange = .sharded, observer: any TrialObserver
  ) throws {
    self.trial = trial
    self.data = data
    self.group = group
    self.observer = observer
    let spec = try NetworkSpec(trial, input: data.train.shape, classes: data.classNames.count)
    let localBatch = (trial.training.batchSize + group.size - 1) / group.size
    replica = try Replica(
      spec, capacity: max(localBatch, Self.evaluationBatch), seed: trial.seed, group: group,
      instructionSet: instructionSet, precision: Precision(trial.training.precision),
      exchange: exchange)
    adam = Adam(learningRate: Float(trial.training.learningRate))
    order = EpochOrder(seed: trial.seed, count: data.train.count)
    permutation = [UInt32](repeating: 0, count: data.train.count)
    evaluationIndices = [UInt32](repeating: 0, count: replica.network.capacity)
  }

  /// Large enough for the matrix products, small enough for the cache.
  private static let evaluationBatch = 256

  /// Trains all epochs and scores the result on both sets; once.
  ///
  /// - Throws: `TrialDiverged`, `TrialInterrupted`, `ReplicaMismatch` (on every rank of the group),
  ///   `MPIError`.
  public func run() throws -> TrainedTrial {
    let result = Result { try train() }
    // After any other error this rank may be alone with it, and freeing would wait for the others.
    if case .failure(let error) = result, !Self.isSeenByAllRanks(error) { throw error }
    try replica.free()
    return try result.get()
  }

  private static func isSeenByAllRanks(_ error: any Error) -> Bool {
    error is TrialDiverged || error is TrialInterrupted || error is ReplicaMismatch
  }

  private func train() throws -> TrainedTrial {
    let clock = ContinuousClock()
    let start = clock.now
    var records: [EpochRecord] = []
    for epoch in 1...trial.training.epochs {
      let epochStart = clock.now
      let (loss, accuracy) = try trainEpoch(epoch)
      try replica.check(epoch: epoch)
      let test = try measure(data.test, epoch: epoch)
      let record = EpochRecord(
        epoch: epoch, trainLoss: loss, trainAccuracy: accuracy, testLoss: test.loss,
        testAccuracy: test.confusion.accuracy, seconds: (clock.now - epochStart).inSeconds)
      records.append(record)
      if group.rank == 0 { try observer.epochFinished(record) }
    }
    let outcome = try score(records: records, seconds: { (clock.now - start).inSeconds })
    let model =
      group.rank == 0 ? Safetensors.encode(replica.network.stateDictionary()) : []
    return TrainedTrial(outcome: outcome, model: model)
  }

  private func score(records: [EpochRecord], seconds: () -> Double) throws -> TrialOutcome {
    let train = try measure(data.train, epoch: records.count)
    let test = try measure(data.test, epoch: records.count)
    func scores(_ measured: (loss: Double, confusion: ConfusionMatrix)) -> ClassificationScores {
      ClassificationScores(
        confusion: measured.confusion, loss: measured.loss, positiveClass: data.positiveClass)
    }
    return TrialOutcome(
      test: scores(test), train: scores(train), confusion: test.confusion,
      classNames: data.classNames, epochs: records, ranks: group.size, seconds: seconds())
  }

  /// Loss and confusion of samples after an epoch. The last step's weights have met no other loss, so
  /// this one is looked at too.
  private func measure(_ samples: SampleSet, epoch: Int) throws
    -> (loss: Double, confusion: ConfusionMatrix)
  {
    let measured = try replica.evaluate(
      samples, classes: data.classNames.count, indices: &evaluationIndices)
    guard measured.loss.isFinite else {
      throw TrialDiverged(epoch: epoch, step: step, lastLoss: lastFiniteLoss)
    }
    return measured
  }

  /// One pass over the training set.
  ///
  /// - Returns: mean loss per sample and share of correct predictions, both in training mode.
  private func trainEpoch(_ epoch: Int) throws -> (loss: Double, accuracy: Double) {
    order.fill(&permutation, epoch: epoch)
    let batches = BatchPlan(count: data.train.count, batchSize: trial.training.batchSize)
    let clock = ContinuousClock()
    let start = clock.now
    var loss = 0.0
    var correct = 0.0
    for batch in 0..<batches.count {
      let range = batches.range(batch)
      let report = try trainStep(range, epoch: epoch)
      loss += Double(report.loss)
      correct += Double(report.correct)
      if report.stop { throw TrialInterrupted(step: step) }
      guard group.rank == 0, observer.wantsProgress else { continue }
      let seen = Double(range.upperBound)
      let share = Double(epoch - 1) + Double(batch + 1) / Double(batches.count)
      try observer.progress(
        TrialProgress(
          epoch: epoch, fraction: share / Double(trial.training.epochs), loss: loss / seen,
          accuracy: correct / seen, samplesPerSecond: seen / (clock.now - start).inSeconds))
    }
    return (loss / Double(data.train.count), correct / Double(data.train.count))
  }

  /// One step on the global batch at `range` of the epoch's order.
  private func trainStep(_ range: Range<Int>, epoch: Int) throws -> Replica.StepReport {
    let report = try permutation.withUnsafeBufferPointer { order in
      try replica.step(
        samples: data.train, batch: UnsafeBufferPointer(rebasing: order[range]), step: step,
        adam: adam, stop: group.rank == 0 && observer.shouldStop())
    }
    step += 1
    guard report.loss.isFinite else {
      throw TrialDiverged(epoch: epoch, step: step, lastLoss: lastFiniteLoss)
    }
    lastFiniteLoss = Double(report.loss) / Double(range.count)
    return report
  }
}

extension Duration {
  /// The duration as seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
