import DataParallel
import Experiments
import Models
import NeuralNet
import Testing

@Suite struct MemoryNeedTests {
  /// A network of 10 inputs, 4 hidden units and one output: 49 parameters, 15 values a sample.
  private func cost() throws -> ModelCost {
    try #require(
      ModelCost(
        architecture: ArchitectureSpec(kind: .ffnn, hidden: [4]),
        activation: ActivationSpec(name: "relu"), input: ImageShape(height: 1, width: 10),
        classes: 2))
  }

  @Test func parametersFourTimesAndABatch() throws {
    // Parameters, gradients and two moments, of four bytes each; a batch of 8.
    #expect(MemoryNeed.bytes(try cost(), slots: 2, batch: 8, ranks: 1) == 4.0 * (4 * 49 + 8 * 15))
    // Two ranks share the moments and the batch.
    #expect(MemoryNeed.bytes(try cost(), slots: 2, batch: 7, ranks: 2) == 4.0 * (3 * 49 + 4 * 15))
  }

  @Test func whatNoMachineHasIsRefused() throws {
    try MemoryNeed.check(1e6, of: "a trial", ranksHere: 2)
    let error = #expect(throws: MemoryNeed.Shortage.self) {
      try MemoryNeed.check(1e18, of: "a trial", ranksHere: 1)
    }
    #expect(error?.exitCode == .environment)
    #expect(
      error?.description.hasPrefix("a trial needs at least 1000000000.0 GB of memory") == true)
    let several = #expect(throws: MemoryNeed.Shortage.self) {
      try MemoryNeed.check(1e15, of: "a trial", ranksHere: 3)
    }
    #expect(several?.needed == 3e15)
    #expect(several?.description.hasPrefix("a trial on 3 ranks needs") == true)
  }

  /// WDBC's 30 features: 30 × 4 + 4 and 4 + 1 parameters, or 30 × 8 + 8 and 8 + 1.
  private func study(exchange: GradientExchange = .sharded) throws -> (StudyConfig, StudyCosts) {
    var study = StudyConfig(
      name: "s", datasets: [DatasetSpec(name: "wdbc")],
      architectures: [4, 8].map { ArchitectureSpec(kind: .ffnn, hidden: [$0]) },
      activations: [ActivationSpec(name: "relu")],
      training: StudyConfig.TrainingAxes(epochs: ["wdbc": [1]]))
    study.gradientExchange = exchange
    return (study, try StudyCosts(study.trials) { $0.known?.shape })
  }

  @Test(arguments: [1, 2, 4])
  func aStudyNeedsWhatItsLargestTrialDoes(members: Int) throws {
    var (study, costs) = try self.study()
    study.ranksPerTrial = members
    let need = StudyMemory(study, study.trials, costs, ranks: 4)
    let largest = try #require(need.largest)
    #expect(largest.trial.architecture.hidden == [8])
    let cost = try #require(costs[largest.trial])
    #expect(cost.model.parameters == 257)
    #expect(largest.bytes == MemoryNeed.bytes(cost.model, slots: 2, batch: 128, ranks: members))
    // A rank by itself shares nothing; else every group of this host has its own.
    let group = Replica.sharedBytes(
      cost.model, slots: 2, batch: 128, ranks: members, ranksHere: members)
    #expect(need.shared == (members == 1 ? 0 : 4 / members * group))
    try need.check()
  }

  /// What a host is asked for is what the networks take, or a little more.
  @Test(arguments: [1, 2, 5, 16]) func theBatchsMemoryIsForeseen(ranks: Int) throws {
    for architecture in [ArchitectureSpec.ffnn, .cnn] {
      for batch in [1, 37, 128] {
        let trial = Trial(
          dataset: DatasetSpec(name: "mnist"), architecture: architecture,
          activation: ActivationSpec(name: "prelu", parameters: ["slope": 0.25]),
          training: TrainingSpec(epochs: 1), seed: 0)
        let spec = try NetworkSpec(
          trial, input: ImageShape(height: 28, width: 28, channels: 1), classes: 10)
        let cost = try #require(ModelCost(spec))
        var taken = 0
        let network = try Network(
          spec, capacity: batch, seed: 0,
          team: Team(rank: 0, ranks: ranks, batch: batch) { floats in
            taken = floats
            return AlignedBuffer(count: floats)
          })
        let foreseen = TeamUpdate.batchFloats(cost, batch: batch, ranks: ranks)
        #expect(taken > 0 && taken <= foreseen && foreseen < 2 * taken + 10_000)
        #expect(network.arena.parameters.count == cost.arenaFloats)
      }
    }
  }

  @Test func groupsThatMayJoinShareAsOne() throws {
    var (study, costs) = try self.study()
    study.widensGroups = true
    let largest = try #require(
      study.trials.compactMap { costs[$0]?.model }.max { $0.parameters < $1.parameters })
    let all = Replica.sharedBytes(largest, slots: 2, batch: 128, ranks: 4, ranksHere: 4)
    #expect(StudyMemory(study, study.trials, costs, ranks: 4).shared == all)
    #expect(StudyMemory(study, study.trials, costs, ranks: 1).shared == 0)
    (study, costs) = try self.study(exchange: .allreduce)
    study.ranksPerTrial = 2
    #expect(StudyMemory(study, study.trials, costs, ranks: 4).shared == 0)
  }
}
