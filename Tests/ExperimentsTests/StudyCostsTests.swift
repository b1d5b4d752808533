import Experiments
import Models
import Support
import Testing

/// The costs of a study's trials.
@Suite struct StudyCostsTests {
  private func trials(_ architectures: [ArchitectureSpec], epochs: Int = 3) -> [Trial] {
    architectures.flatMap { architecture in
      ["mnist", "wdbc"].map { name in
        Trial(
          dataset: DatasetSpec(name: name), architecture: architecture,
          activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: epochs), seed: 0)
      }
    }
  }

  @Test func eachTrialHasTheCostOnItsData() throws {
    let trials = trials([.ffnn])
    var asked: [String] = []
    let costs = try StudyCosts(trials + trials) { dataset in
      asked.append(dataset.name)
      return dataset.known?.shape
    }
    // Files may have to be read for it: once is enough.
    #expect(asked == ["mnist", "wdbc"])
    for trial in trials {
      let shape = try #require(trial.dataset.known?.shape)
      let cost = try #require(costs[trial])
      #expect(cost == TrialCost(trial, on: shape))
      #expect(costs[trial, id: trial.id] == cost)
    }
    // 784·512 + 512·512 + 512·10 weights and as many biases as units.
    #expect(costs.mostParameters == 784 * 512 + 512 * 512 + 512 * 10 + 512 + 512 + 10)
    #expect(costs.flops == trials.reduce(0) { $0 + (costs[$1]?.flops ?? 0) })
  }

  @Test func dataThatCannotBeHadCostNothing() throws {
    let trials = trials([.ffnn])
    let costs = try StudyCosts(trials) { $0.name == "mnist" ? nil : $0.known?.shape }
    #expect(costs[trials[0]] == nil)
    #expect(costs[trials[1]] != nil)
  }

  @Test func aNetworkThatDoesNotFitIsNamed() throws {
    let shape = try #require(DatasetSpec(name: "mnist").known?.shape)
    let large = ArchitectureSpec(
      kind: .ffnn, hidden: [65_536, 65_536], dropout: 0, filters: [], kernel: 0, padding: .valid)
    do {
      _ = try StudyCosts(trials([large])) { _ in shape }
      Issue.record("a network with more parameters than a message counts was taken")
    } catch let error as TrialShapeError {
      #expect(error.exitCode == .usage)
      #expect(error.description.contains("mnist"))
      #expect(error.description.contains("\(ModelCost.parameterLimit) parameters"))
    }
  }
}
