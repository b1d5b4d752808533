import Datasets
import Experiments
import Foundation
import Models
import Reports

/// A step of one kind of trial by the model of the interconnect.
struct StepPlan: Encodable {
  var kind: String
  var ranks: Int
  var hosts: Int
  var stepMs: Double
  var exchangeMs: Double
  /// A single rank's step time over the group's, per rank.
  var efficiency: Double

  init(_ kind: String, _ cost: TrialCost, ranks: Int, model: ScalingModel) {
    let step = model.step(cost.model, batch: cost.batchSize, ranks: ranks)
    self.kind = kind
    self.ranks = ranks
    hosts = model.hosts(ranks: ranks)
    stepMs = 1000 * step.total
    exchangeMs = 1000 * step.exchange
    efficiency = model.efficiency(cost.model, batch: cost.batchSize, ranks: ranks)
  }

  var text: String {
    String(
      format:
        "%@: a step on %d rank%@ of %d host%@ takes %.2f ms, of which %.2f ms on the network; "
        + "efficiency %.0f %%", kind, ranks, ranks == 1 ? "" : "s", hosts, hosts == 1 ? "" : "s",
      stepMs, exchangeMs, 100 * efficiency)
  }

  /// One for each data set and architecture, by its first trial.
  static func all(
    _ trials: [Trial], _ costs: StudyCosts, ranks: Int, model: ScalingModel
  ) -> [StepPlan] {
    trials.grouped { "\($0.dataset.name) × \($0.architecture.kind.rawValue)" }
      .compactMap { kind, trials in
        costs[trials[0]].map { StepPlan(kind, $0, ranks: ranks, model: model) }
      }
  }
}

/// A study's time on more ranks: all together on one trial, or each on its own.
struct ScalingTable: Encodable {
  struct Row: Encodable {
    var ranks: Int
    var hosts: Int
    /// For one group of all ranks, by kind of trial.
    var steps: [StepPlan]
    /// Seconds of the study with one group of all ranks.
    var together: Double
    /// Seconds of the study with a rank for each trial.
    var apart: Double
  }

  var study: String
  var trials: Int
  var rows: [Row]

  init(_ study: StudyConfig, ranks: Int, model: ScalingModel, search: DatasetSearch) throws {
    self.study = study.name
    let all = study.trials + (0..<study.configurationsToCome).flatMap { _ in study.standIns }
    let costs = try StudyCosts(all) { try $0.shape(search: search) }
    trials = all.count
    let known = all.compactMap { costs[$0] }
    let alone = known.map { model.seconds($0, ranks: 1) }
    let counts = Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < ranks }) + [ranks]
    rows = counts.map { count in
      Row(
        ranks: count, hosts: model.hosts(ranks: count),
        steps: StepPlan.all(all, costs, ranks: count, model: model),
        together: known.reduce(0) { $0 + model.seconds($1, ranks: count) },
        apart: Schedule(costs: alone, groups: count).makespan)
    }
  }

  var text: String {
    let kinds = rows.first?.steps.map(\.kind) ?? []
    let heads =
      ["ranks", "hosts"] + kinds.flatMap { ["\($0) [ms]", "efficiency"] }
      + ["together [s]", "apart [s]"]
    let lines = rows.map { row in
      ["\(row.ranks)", "\(row.hosts)"]
        + row.steps.flatMap {
          [String(format: "%.2f", $0.stepMs), String(format: "%.0f %%", 100 * $0.efficiency)]
        } + [String(format: "%.0f", row.together), String(format: "%.0f", row.apart)]
    }
    return
      "\(study): \(trials) trials; all ranks together on one trial after another, or apart, a rank "
      + "for each\n\n" + alignedTable([heads] + lines).dropLast()
  }
}
