import DataParallel
import Experiments
import Foundation
import MPI
import Support

/// The speed and quality of dispatching trials.
package struct CoordinatorBenchmark: Codable, Sendable {
  /// A simulated study.
  package struct Simulation: Codable, Sendable {
    package var groups: Int
    package var trials: Int
    /// Trials dispatched and finished per second of real time.
    package var assignmentsPerSecond: Double
    /// Simulated seconds until the last trial ended.
    package var makespan: Double
    /// What no schedule can beat: the work shared evenly, or the longest trial.
    package var lowerBound: Double

    enum CodingKeys: String, CodingKey {
      case groups, trials, makespan
      case assignmentsPerSecond = "assignments_per_second"
      case lowerBound = "lower_bound"
    }
  }

  /// Empty trials over the ranks of this job.
  package struct RealRanks: Codable, Sendable {
    /// Ranks of the job, each a group.
    package var ranks: Int
    package var trials: Int
    package var folder: String
    package var trialsPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case ranks, trials, folder
      case trialsPerSecond = "trials_per_second"
    }
  }

  /// Plays a study of trials between 10 and 1,000 s through the queue.
  package static func simulate(groups: Int, trials count: Int) -> Simulation {
    var random = UInt64(1)
    let trials = (0..<count).map { index in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let share = Double(random >> 33) / Double(1 << 31)
      return QueuedTrial(
        id: String(index), label: "", cost: 10 * pow(100, share), trial: emptyTrial(index))
    }
    let total = trials.reduce(0) { $0 + $1.cost }
    let longest = trials.map(\.cost).max() ?? 0
    let start = ContinuousClock.now
    var queue = TrialQueue(trials, groups: groups)
    var ends = Heap<(time: Double, group: Int, id: String)> { $0.time < $1.time }
    var time = 0.0
    for group in 0..<groups { queue.ready(group) }
    var assignments = queue.dispatch(at: time)
    while true {
      for assignment in assignments {
        ends.push((time + assignment.trial.cost, assignment.group, assignment.trial.id))
      }
      guard let end = ends.pop() else { break }
      time = end.time
      _ = queue.finish(end.id, group: end.group, at: time)
      queue.ready(end.group)
      assignments = queue.dispatch(at: time)
    }
    precondition(queue.isFinished, "trials are left over")
    let seconds = (ContinuousClock.now - start).inSeconds
    return Simulation(
      groups: groups, trials: count, assignmentsPerSecond: Double(count) / seconds,
      makespan: time, lowerBound: max(total / Double(groups), longest))
  }

  /// Runs a study of empty trials on the ranks of `world`, one rank each; collective.
  package static func run(_ world: Communicator, trials count: Int, folder: String) throws
    -> RealRanks
  {
    let trials = (0..<count).map { index in
      QueuedTrial(
        id: String(format: "%016x", index), label: "", cost: 1, trial: emptyTrial(index))
    }
    let config = StudyConfig(
      name: "empty", datasets: [DatasetSpec(name: "wdbc")], architectures: [.ffnn],
      activations: [ActivationSpec(name: "relu")],
      training: StudyConfig.TrainingAxes(epochs: ["wdbc": [1]]))
    let plan = StudyPlan(config: config, folder: folder, trials: trials)
    let start = ContinuousClock.now
    let summary = try runStudy(world: world, ranksPerTrial: 1, plan: plan, stop: StopFlag()) {
      _, _, _ in TrainedTrial(outcome: .empty, model: [])
    }
    guard summary.trials.done == count else {
      // As where the folder can't be written.
      throw Refusal(
        summary.exitCode, summary.problem ?? "\(summary.trials.done) of \(count) trials were done")
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    return RealRanks(
      ranks: world.size, trials: count, folder: folder, trialsPerSecond: Double(count) / seconds)
  }

  private static func emptyTrial(_ index: Int) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
      activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 1),
      seed: UInt64(index))
  }
}

extension TrialOutcome {
  fileprivate static var empty: TrialOutcome {
    let scores = ClassificationScores(loss: 0, accuracy: 0, precision: 0, recall: 0, f1: 0)
    return TrialOutcome(
      test: scores, train: scores, confusion: ConfusionMatrix(classes: 2),
      classNames: ["a", "b"], epochs: [], ranks: 1, seconds: 0)
  }
}
