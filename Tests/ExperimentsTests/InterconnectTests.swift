import Experiments
import Models
import Testing

@Suite struct InterconnectTests {
  @Test func constantsAreReadByNameAndByNumber() {
    #expect(Interconnect("10gbe") == Interconnect.named[0].model)
    let own = Interconnect("25,0.8")
    #expect(abs((own?.latency ?? 0) - 25e-6) < 1e-12)
    #expect(abs((own?.secondsPerByte ?? 0) - 0.8e-9) < 1e-15)
    for wrong in ["", "1", "1,2,3", "-1,2", "a,b", "1,inf", "token ring"] {
      #expect(Interconnect(wrong) == nil, "\(wrong)")
    }
  }

  /// Times on a line give the line back.
  @Test func fitFindsTheConstants() throws {
    let times = [8.0, 4096, 131_072, 2_097_152].map { ($0, 12e-6 + $0 * 0.3e-9) }
    let model = try #require(Interconnect(fitting: times))
    #expect(abs(model.latency / 12e-6 - 1) < 1e-9)
    #expect(abs(model.secondsPerByte / 0.3e-9 - 1) < 1e-9)
    #expect(Interconnect(fitting: [(8, 1e-6)]) == nil)
  }

  /// (m − 1)/m of the bytes each way, in 2(m − 1) messages.
  @Test func exchangeIsTheClosedForm() {
    let model = Interconnect(latency: 10, secondsPerByte: 1)
    #expect(model.exchangeSeconds(bytes: 120, hosts: 1) == 0)
    #expect(model.exchangeSeconds(bytes: 120, hosts: 2) == 20 + 60)
    #expect(model.exchangeSeconds(bytes: 120, hosts: 3) == 40 + 80)
    #expect(abs(model.exchangeSeconds(bytes: 120, hosts: 6) - (100 + 100)) < 1e-9)
  }

  @Test func stepsAddUpAndLoseEfficiencyWithHosts() throws {
    let cost = try #require(
      ModelCost(
        architecture: .ffnn, activation: ActivationSpec(name: "relu"),
        input: ImageShape(height: 28, width: 28), classes: 10))
    let model = ScalingModel(
      network: Interconnect(latency: 1e-5, secondsPerByte: 1e-9), ranksPerHost: 4)
    #expect(model.hosts(ranks: 4) == 1 && model.hosts(ranks: 5) == 2)
    #expect(model.step(cost, batch: 128, ranks: 4).exchange == 0)
    let eight = model.step(cost, batch: 128, ranks: 8)
    // What the three dense layers read, and their gradients; and the parameters; half of each host's.
    let values = 128 * (784 + 512 + 512 + 512 + 512 + 10)
    #expect(abs(eight.exchange - (2e-5 + 2e-9 * Double(cost.parameters + values))) < 1e-12)
    #expect(eight.total == eight.compute + eight.update + eight.exchange)
    #expect(model.efficiency(cost, batch: 128, ranks: 1) == 1)
    let efficiencies = [2, 4, 8, 16].map { model.efficiency(cost, batch: 128, ranks: $0) }
    #expect(efficiencies == efficiencies.sorted(by: >) && efficiencies[3] > 0)
  }

  /// A trial on several hosts takes longer by its steps' exchanges, and no shorter than on one.
  @Test func paceCountsTheNetwork() throws {
    let trial = Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: .ffnn,
      activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 1), seed: 0)
    let shape = DatasetShape(
      input: ImageShape(height: 28, width: 28), classes: 10, trainCount: 1280, testCount: 10)
    let cost = try #require(TrialCost(trial, on: shape))
    func pace(latency: Double) -> PaceModel {
      let network = Interconnect(latency: latency, secondsPerByte: 0)
      return PaceModel(ScalingModel(network: network, ranksPerHost: 2))
    }
    let local = pace(latency: 0), wide = pace(latency: 1)
    #expect(wide.seconds(trial, cost, ranks: 2) == local.seconds(trial, cost, ranks: 2))
    let extra = wide.seconds(trial, cost, ranks: 4) - local.seconds(trial, cost, ranks: 4)
    // Two messages a step: of the batch's values, and of the parameters.
    #expect(abs(extra - 2 * Double(cost.steps)) < 1e-9)
  }

  /// Steps and evaluations: nothing of a trial is forgotten, and none of it is counted twice.
  @Test func trialsAreTheirStepsAndEvaluations() throws {
    let trial = Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: .cnn,
      activation: ActivationSpec(name: "relu"),
      training: TrainingSpec(batchSize: 96, epochs: 3), seed: 0)
    let shape = DatasetShape(
      input: ImageShape(height: 28, width: 28), classes: 10, trainCount: 960, testCount: 500)
    let cost = try #require(TrialCost(trial, on: shape))
    let model = ScalingModel(gflops: 50, memoryGBs: .infinity, secondsPerStep: 0.25)
    // 30 steps; 3 × 960 samples are trained, 3 × 500 + 960 evaluated.
    let operations = 2880 * cost.model.trainingFLOPs + 2460 * cost.model.evaluationFLOPs
    for ranks in [1, 4] {
      let expected = 30 * 0.25 + operations / (50e9 * Double(ranks))
      #expect(abs(model.seconds(cost, ranks: ranks) / expected - 1) < 1e-12)
    }
    // A network counts only between hosts.
    let network = Interconnect(latency: 1, secondsPerByte: 1)
    let wide = ScalingModel(
      network: network, ranksPerHost: 4, gflops: 50, memoryGBs: .infinity, secondsPerStep: 0.25)
    #expect(wide.seconds(cost, ranks: 4) == model.seconds(cost, ranks: 4))
  }
}
