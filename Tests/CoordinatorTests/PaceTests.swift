import Coordinator
import DataParallel
import Experiments
import Support
import Synchronization
import TestSupport
import Testing

/// Predictions from what was measured, and what follows from them.
@Suite struct PaceTests {
  private func trial(_ activation: String, _ seed: UInt64) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
      activation: ActivationSpec(name: activation), training: TrainingSpec(epochs: 4), seed: seed)
  }

  private func cost(_ trial: Trial) throws -> TrialCost {
    try #require(trial.dataset.known.flatMap { TrialCost(trial, on: $0.shape) })
  }

  private func epoch(_ number: Int, seconds: Double) -> EpochRecord {
    EpochRecord(
      epoch: number, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testAccuracy: 0.5,
      seconds: seconds)
  }

  @Test func epochsCountAsMuchOfATrialAsTheyAre() throws {
    let (slow, other) = (trial("relu", 0), trial("relu", 1))
    let cost = try cost(slow)
    var model = PaceModel()
    model.learn(slow, cost, ranks: 1, epoch: epoch(1, seconds: 5))
    #expect(abs(model.seconds(other, cost, ranks: 1) - 20) < 1e-9)
    // A whole trial of 45 s has four times the weight.
    model.learn(other, cost, ranks: 1, seconds: 45)
    #expect(abs(model.seconds(other, cost, ranks: 1) - 40) < 1e-9)
    // What can't be a time is none.
    for seconds in [0, -1, .nan, .infinity, 1e13, .greatestFiniteMagnitude] {
      model.learn(other, cost, ranks: 1, epoch: epoch(2, seconds: seconds))
    }
    #expect(abs(model.seconds(other, cost, ranks: 1) - 40) < 1e-9)
  }

  /// Both kinds have the same arithmetic, and one takes ten times as long: as soon as that is seen,
  /// what is left of it goes before what is left of the other.
  @Test func whatProvesToBeLongGoesFirst() throws {
    let trials = [trial("relu", 0), trial("gelu", 0), trial("gelu", 1), trial("relu", 1)]
    let costs = try StudyCosts(trials) { $0.known?.shape }
    #expect(Set(trials.map { costs[$0]?.flops }).count == 1)
    try withTemporaryFolder { folder in
      let groups = ScriptedGroups(groups: 1) { message, group in
        guard case .run(let id, let trial, _, _, _) = message else { return [] }
        let seconds = trial.activation.name == "relu" ? 10.0 : 1
        return [
          (6, group, .epochFinished(trial: id, self.epoch(1, seconds: seconds))),
          (12, group, .finished(trial: id, outcome(trial.seed), modelBytes: 3)),
          (12, group, .ready),
        ]
      }
      var plan = StudyPlan(
        config: study("study"), folder: folder, trials: trials.map { QueuedTrial($0, cost: 1) })
      plan.pace = StudyPace(PaceModel(), costs: costs, ranksPerTrial: 1)
      let coordinator = StudyCoordinator(
        plan, line: groups, ranksPerTrial: 1, stop: groups.stop, clock: groups.clock)
      let summary = try coordinator.run(over: POSIXFileSystem())
      #expect(summary.exitCode == .done)
      let order = groups.sent.compactMap { sent -> String? in
        guard case .run(_, let trial, _, _, _) = sent.message else { return nil }
        return "\(trial.activation.name) \(trial.seed)"
      }
      #expect(order == ["relu 0", "gelu 0", "relu 1", "gelu 1"])
    }
  }

  @Test func newCostsPutThoseThatWaitInOrder() throws {
    let trials = queued([1, 2, 3, 4])
    var queue = TrialQueue(trials, groups: 1)
    queue.ready(0)
    let first = queue.dispatch(at: 0)[0].trial
    #expect(queue.finish(first.id, group: 0, at: 8) == .accepted)
    // At half a unit a second, 6 are left.
    #expect(queue.secondsLeft(at: 8) == 12)
    queue.reprice { [10, 30, 20, 40][Int($0.trial.seed)] }
    #expect(queue.brokenInvariants == [])
    // 40 in 8 s now, so 60 in 12.
    #expect(queue.secondsLeft(at: 8) == 12)
    queue.ready(0)
    let order = (0..<3).map { _ in
      let next = queue.dispatch(at: 8)[0].trial
      #expect(queue.finish(next.id, group: 0, at: 8) == .accepted)
      queue.ready(0)
      return next.trial.seed
    }
    #expect(order == [1, 2, 0])
    // A search has an order of its own.
    var ordered = TrialQueue(trials, groups: 1, isOrdered: true)
    ordered.reprice { Double($0.trial.seed) }
    ordered.ready(0)
    #expect(ordered.dispatch(at: 0)[0].trial.trial.seed == 0)
  }

  /// Where groups join without loss the work is shared evenly; where they don't, the longest decides.
  @Test func thePredictionKnowsOfGroupsThatJoin() {
    let share: @Sendable (QueuedTrial, Int) -> Double = { $0.cost / Double($1) }
    let none: @Sendable (QueuedTrial, Int) -> Double = { trial, _ in trial.cost }
    let two = queued([60, 120])
    #expect(predictedMakespan(two, groups: 2) == 120)
    #expect(predictedMakespan(two, groups: 2, secondsOnGroups: none) == 120)
    #expect(predictedMakespan(two, groups: 2, secondsOnGroups: share) == 90)
    #expect(predictedMakespan(queued([120]), groups: 4, secondsOnGroups: share) == 30)
    #expect(predictedMakespan([], groups: 4, secondsOnGroups: share) == 0)
    // Half of the long one was trained before.
    let begun = [two[1].id: 0.5]
    #expect(predictedMakespan(two, groups: 2, begun: begun) == 60)
    let half = [two[0].id: 0.5]
    #expect(predictedMakespan(queued([120]), groups: 2, begun: half, secondsOnGroups: share) == 30)
    for seed in 0..<20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let costs = (0..<9).map { _ in Double.random(in: 100...1000, using: &generator) }
      let even = costs.reduce(0, +) / 4
      let found = predictedMakespan(queued(costs), groups: 4, secondsOnGroups: share)
      // Widening isn't worth the last seconds.
      #expect(found >= even - 1e-6 && found < even + 10, "\(found) for \(even)")
      #expect(found <= predictedMakespan(queued(costs), groups: 4) + 1e-6)
    }
  }
}
