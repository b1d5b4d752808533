import Experiments
import Models
import Testing

@Suite struct ModelCostTests {
  private func trial(
    _ dataset: String, _ architecture: ArchitectureSpec, _ activation: String = "relu",
    epochs: Int = 1
  ) -> Trial {
    Trial(
      dataset: DatasetSpec(name: dataset), architecture: architecture,
      activation: ActivationSpec(
        name: activation, parameters: ["slope": 0.25, "alpha": 1, "beta": 0.1]),
      training: TrainingSpec(epochs: epochs), seed: 0)
  }

  private func cost(_ trial: Trial) throws -> ModelCost {
    let shape = try #require(trial.dataset.known?.shape)
    return try #require(TrialCost(trial, on: shape)?.model)
  }

  /// Weights and biases by hand: (784 + 1)·512 + 513·512 + 513·10; with convolutions 10·32 +
  /// (288 + 1)·64 + (5·5·64 + 1)·512 + 513·512 + 513·10; WDBC 31·512 + 513·512 + 513.
  @Test func parametersOfThePapersNetworks() throws {
    #expect(try cost(trial("mnist", .ffnn)).parameters == 669_706)
    #expect(try cost(trial("mnist", .cnn)).parameters == 1_106_314)
    #expect(try cost(trial("wdbc", .ffnn)).parameters == 15_872 + 262_656 + 513)
  }

  /// PReLU: a slope per unit of the two hidden layers, and per channel of the two convolutions.
  @Test func preluAddsItsSlopes() throws {
    #expect(try cost(trial("mnist", .ffnn, "prelu")).parameters == 669_706 + 1024)
    #expect(try cost(trial("mnist", .cnn, "prelu")).parameters == 1_106_314 + 96 + 1024)
    #expect(try cost(trial("mnist", .cnn, "srelu")).parameters == 1_106_314)
  }

  /// The design's figures for a step at batch 128: 411 and 2,647 MFLOP.
  @Test func stepsOfThePapersNetworks() throws {
    #expect(abs(try cost(trial("mnist", .ffnn)).trainingFLOPs * 128 / 1e6 - 411) < 0.5)
    #expect(abs(try cost(trial("mnist", .cnn)).trainingFLOPs * 128 / 1e6 - 2647) < 0.5)
  }

  /// Counts every multiply-add of the loops that a direct implementation would run.
  @Test func convolutionsAgreeWithCountedLoops() throws {
    let architecture = ArchitectureSpec(
      kind: .cnn, hidden: [7], filters: [3, 4], kernel: 3, padding: .valid)
    var counted = [0, 0, 0, 0]
    for _ in 0..<9 { for _ in 0..<10 { for _ in 0..<3 { counted[0] += 2 * 3 * 3 } } }
    for _ in 0..<2 { for _ in 0..<3 { for _ in 0..<4 { counted[1] += 3 * 3 * 3 } } }
    for _ in 0..<7 { counted[2] += 1 * 1 * 4 }
    for _ in 0..<5 { counted[3] += 7 }
    let cost = try #require(
      ModelCost(
        architecture: architecture, activation: ActivationSpec(name: "relu"),
        input: ImageShape(height: 11, width: 12, channels: 2), classes: 5))
    let total = counted.reduce(0, +)
    #expect(cost.evaluationFLOPs == Double(2 * total))
    #expect(cost.trainingFLOPs == Double(2 * (3 * total - counted[0])))
    #expect(cost.parameters == (18 + 1) * 3 + (27 + 1) * 4 + (4 + 1) * 7 + (7 + 1) * 5)
  }

  @Test func imageSizesFollowThePadding() throws {
    func shapes(_ architecture: ArchitectureSpec, _ input: ImageShape) throws -> [ImageShape] {
      let trial = trial("mnist", architecture)
      return try NetworkSpec(trial, input: input, classes: 10).plan().filter {
        $0.output.height > 1
      }.map(\.output)
    }
    let valid = try shapes(.cnn, ImageShape(height: 28, width: 28))
    #expect(valid.map(\.height) == [26, 26, 13, 13, 11, 11, 5, 5])
    #expect(valid.map(\.channels) == [32, 32, 32, 32, 64, 64, 64, 64])
    var same = ArchitectureSpec.cnn
    same.padding = .same
    let wdbc = try shapes(same, ImageShape(height: 3, width: 10))
    #expect(wdbc.map(\.width) == [10, 10, 5, 5, 5, 5])
    #expect(wdbc.map(\.height) == [3, 3, 2, 2, 2, 2])
    #expect(same.obstacle(for: ImageShape(height: 3, width: 10)) == nil)
    #expect(ArchitectureSpec.ffnn.obstacle(for: ImageShape(height: 1, width: 1)) == nil)
    let obstacle = ArchitectureSpec.cnn.obstacle(for: ImageShape(height: 3, width: 10))
    #expect(
      obstacle
        == "samples of 3×10 come to max-pool 1 as 32×1×8, smaller than its 2×2 windows")
  }

  @Test func aTrialIsItsEpochsAndEvaluations() throws {
    let trial = trial("mnist", .ffnn, epochs: 3)
    let model = try cost(trial)
    let shape = try #require(trial.dataset.known?.shape)
    let cost = try #require(TrialCost(trial, on: shape))
    #expect(cost.steps == 3 * 469)
    #expect(
      cost.flops
        == 180_000 * model.trainingFLOPs + (30_000 + 60_000) * model.evaluationFLOPs)
  }

  @Test func whatDoesNotFitHasNoCost() {
    let trial = trial("wdbc", .cnn)
    #expect(trial.dataset.known.flatMap { TrialCost(trial, on: $0.shape) } == nil)
  }
}

@Suite struct ScheduleTests {
  @Test func longestFirstToTheGroupThatIsFree() {
    let schedule = Schedule(costs: [2, 3, 7, 2, 4], groups: 2)
    #expect(schedule.assignments == [[2, 0], [4, 1, 3]])
    #expect(schedule.loads == [9, 9])
    #expect(schedule.makespan == 9)
    #expect(Schedule(costs: [2, 3, 7, 2, 4], groups: 1).makespan == 18)
    #expect(Schedule(costs: [2, 3, 7, 2, 4], groups: 9).makespan == 7)
    #expect(Schedule(costs: [], groups: 3).makespan == 0)
    #expect(Schedule.longestFirst([1, 3, 1, 3, 2]) == [1, 3, 4, 0, 2])
  }

  /// Against every possible assignment, on small integers; also Graham's worst case, which attains
  /// the bound: 11 where 9 is possible.
  @Test(arguments: [
    [5, 5, 4, 4, 3, 3, 3], [9, 1, 1, 1, 1, 1, 1], [6, 5, 4, 3, 2, 1, 1], [7, 7, 6, 5, 5, 4, 3],
  ])
  func staysWithinGrahamsBound(costs: [Int]) {
    for groups in 1...3 {
      let schedule = Schedule(costs: costs.map(Double.init), groups: groups)
      #expect(schedule.assignments.flatMap(\.self).sorted() == Array(costs.indices))
      let best = bestMakespan(costs, groups)
      let bound = Double(best) * (4.0 / 3 - 1 / (3 * Double(groups)))
      #expect(schedule.makespan >= Double(best) && schedule.makespan <= bound + 1e-9)
    }
    #expect(Schedule(costs: [5, 5, 4, 4, 3, 3, 3], groups: 3).makespan == 11)
    #expect(bestMakespan([5, 5, 4, 4, 3, 3, 3], 3) == 9)
  }

  private func bestMakespan(_ costs: [Int], _ groups: Int) -> Int {
    var best = Int.max
    func place(_ index: Int, _ loads: [Int]) {
      guard index < costs.count else {
        best = min(best, loads.max() ?? 0)
        return
      }
      for group in loads.indices {
        var next = loads
        next[group] += costs[index]
        place(index + 1, next)
      }
    }
    place(0, Array(repeating: 0, count: groups))
    return best
  }
}
