import Coordinator
import Datasets
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

/// What a run is to do, from the study and what its folder holds.
@Suite struct StudyOrderTests {
  private let yaml = """
    name: ordered
    datasets: [wdbc, mnist]
    architectures: [ffnn]
    activations: [relu, srelu]
    seeds: {first: 0, count: 2}
    training: {epochs: {wdbc: 4, mnist: 1}}

    """

  private func order(_ more: String = "", in folder: String) throws -> StudyOrder {
    StudyOrder(
      study: try StudyConfig(yaml: yaml + more, file: "s.yaml", baseDirectory: "/"),
      folder: folder,
      search: DatasetSearch(dataDirectory: nil, environment: [:], repository: nil),
      retriesFailed: false, allowsForeignFolder: true)
  }

  private func plan(_ order: StudyOrder, missing: [String: String] = [:]) throws -> StudyPlan {
    let costs = try StudyCosts(order.study.trials) { $0.known?.shape }
    return order.plan(costs, missing: missing, model: ScalingModel()) { _, _ in }
  }

  @Test func theOrderIsPassedOn() throws {
    let order = try order(in: "/nowhere")
    let plan = try plan(order)
    #expect(plan.config == order.study && plan.folder == "/nowhere")
    #expect(plan.trials.map(\.trial) == order.study.trials)
    #expect(!plan.retriesFailed && plan.allowsForeignFolder)
    #expect(plan.trials.allSatisfy { plan.obstacle($0) == nil } && plan.secondsOnGroups == nil)
    // An epoch of MNIST's 60,000 images is more than four of WDBC's 455 rows.
    let costs = Dictionary(grouping: plan.trials, by: \.trial.dataset.name)
      .mapValues { $0.map(\.cost) }
    #expect(try #require(costs["mnist"]?.min()) > (try #require(costs["wdbc"]?.max())))
  }

  @Test func theOrderTravels() throws {
    let order = try order("ranks-per-trial: auto\n", in: "/some where")
    let copy: StudyOrder = try JSON.value(from: try JSON.bytes(order))
    #expect(copy.study == order.study && copy.folder == order.folder)
    #expect(copy.search == order.search)
    #expect(!copy.retriesFailed && copy.allowsForeignFolder)
  }

  @Test func trialsWithoutDataAreSkipped() throws {
    let plan = try plan(try order(in: "/nowhere"), missing: ["wdbc": "not found"])
    let skipped = plan.trials.filter { plan.obstacle($0) != nil }
    #expect(skipped.count == 4)
    #expect(skipped.allSatisfy { $0.trial.dataset.name == "wdbc" })
    #expect(Set(skipped.map { plan.obstacle($0) }) == ["not found"])
  }

  @Test func groupsJoinWhereTheStudySaysSo() throws {
    let plan = try plan(try order("ranks-per-trial: auto\n", in: "/nowhere"))
    let longest = try #require(plan.trials.max { $0.cost < $1.cost })
    let seconds = try #require(plan.secondsOnGroups)
    #expect(seconds(longest, 1) == longest.cost)
    #expect(seconds(longest, 2) < longest.cost)
  }

  /// Ten seconds for each of a trial's four epochs.
  @Test func whatTheJournalHasMeasuredCounts() throws {
    try withTemporaryFolder { folder in
      let order = try order(in: folder + "/run")
      let relu = try #require(order.study.trials.first)
      let ledger = try StudyFolder(opening: order.folder, for: order.study)
      try ledger.journal.append(
        [.started(trial: relu.id, group: 0, ranks: 1)]
          + (1...4).map { .epoch(trial: relu.id, record: slowEpoch($0)) }, time: "t")
      ledger.close()
      let other = try #require(
        try plan(order).trials.first {
          $0.trial.seed == 1 && $0.trial.activation == relu.activation
        })
      #expect(abs(other.cost - 40) < 1e-6)
    }
  }

  private func slowEpoch(_ number: Int) -> EpochRecord {
    EpochRecord(
      epoch: number, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testAccuracy: 0.5, seconds: 10)
  }
}
