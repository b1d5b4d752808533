import Foundation
import NeuralNet
import Testing

/// Batch normalisation against its formula, in double precision.
@Suite struct BatchNormTests {
  private static let input = ImageShape(height: 3, width: 5, channels: 2)
  private static let epsilon = 0.25

  /// A normalisation with visible output: before a dense layer that picks single values.
  private static func network(
    samples: Int, momentum: Float = 0.1, reduction: SampleReduction? = nil
  ) -> Network {
    var compute = Compute()
    compute.reduction = reduction
    return Network(
      NetworkSpec(
        input: input,
        layers: [
          .batchNorm(BatchNorm(epsilon: Float(epsilon), momentum: momentum)),
          .dense(Dense(units: 30)),
        ], classes: 30), capacity: samples, seed: 1, compute: compute)
  }

  /// Sets the dense layer to the identity, and the channels to γ = 2, -3 and β = 0.5, 7.
  private static func prepare(_ network: Network) {
    for view in network.arena.views {
      let values = network.arena.parameters(of: view)
      for i in values.indices {
        values[i] =
          switch view.name {
          case "bn1.weight": [2, -3][i]
          case "bn1.bias": [0.5, 7][i]
          case "fc1.weight": i % 31 == 0 ? 1 : 0
          default: 0
          }
      }
    }
  }

  private static func fill(_ network: Network, samples: Int, seed: UInt64) -> [Double] {
    var numbers = Numbers(seed)
    let values = (0..<samples * input.count).map { Float(numbers.uniform() * 3) + Float($0 % 2) }
    for (i, value) in values.enumerated() { network.input.base[i] = value }
    for i in 0..<samples { network.labels.base[i] = UInt8(i % 30) }
    return values.map(Double.init)
  }

  private static func moments(_ x: [Double], _ channel: Int) -> (mean: Double, variance: Double) {
    let own = stride(from: channel, to: x.count, by: 2).map { x[$0] }
    let mean = own.reduce(0, +) / Double(own.count)
    return (mean, own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count))
  }

  private static func normalised(_ x: [Double], _ moments: [(mean: Double, variance: Double)])
    -> [Double]
  {
    x.indices.map { i in
      let (mean, variance) = moments[i % 2]
      return [2, -3][i % 2] * (x[i] - mean) / (variance + epsilon).squareRoot() + [0.5, 7][i % 2]
    }
  }

  private static func distance(_ found: [Float], _ expected: [Double]) -> Double {
    #expect(found.count == expected.count && !found.isEmpty)
    return zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  }

  @Test(arguments: [1, 2, 13]) func trainingTakesTheBatchsOwnMoments(_ samples: Int) {
    let network = Self.network(samples: samples)
    Self.prepare(network)
    let x = Self.fill(network, samples: samples, seed: 3)
    network.forward(count: samples, mode: .training(step: 0, firstSlot: 0))
    let expected = Self.normalised(x, [Self.moments(x, 0), Self.moments(x, 1)])
    #expect(Self.distance(network.logitRows(samples), expected) < 1e-5)
  }

  /// r ← r + m·(batch − r), starting from 0 and 1, with the batch's unbiased variance.
  @Test func evaluationTakesRunningMoments() {
    let network = Self.network(samples: 4, momentum: 0.25)
    Self.prepare(network)
    var running = [(mean: 0.0, variance: 1.0), (mean: 0.0, variance: 1.0)]
    for step in 0..<3 {
      let x = Self.fill(network, samples: 4, seed: UInt64(step) + 1)
      network.forward(count: 4, mode: .training(step: UInt32(step), firstSlot: 0))
      for channel in 0..<2 {
        let (mean, variance) = Self.moments(x, channel)
        running[channel].mean += 0.25 * (mean - running[channel].mean)
        running[channel].variance += 0.25 * (variance * 60 / 59 - running[channel].variance)
      }
    }
    let names = network.stateDictionary().map(\.name)
    #expect(names.contains("bn1.running_mean") && names.contains("bn1.running_var"))
    let x = Self.fill(network, samples: 4, seed: 99)
    network.forward(count: 4, mode: .evaluation)
    #expect(Self.distance(network.logitRows(4), Self.normalised(x, running)) < 1e-5)
    // An evaluation doesn't change them.
    network.forward(count: 4, mode: .evaluation)
    #expect(Self.distance(network.logitRows(4), Self.normalised(x, running)) < 1e-5)
  }

  /// `LayerSequenceTests` compares the gradients of γ, β and the input with differences of the
  /// loss, and the tests with several ranks check the sums over ranks. This one checks that other
  /// ranks' sums count like own samples.
  @Test func theReductionAddsOtherRanksSamples() {
    let whole = Self.network(samples: 6)
    Self.prepare(whole)
    let x = Self.fill(whole, samples: 6, seed: 5)
    let rest = Array(x[(4 * Self.input.count)...])
    var calls = 0
    let part = Self.network(samples: 4) { sums, _ in
      // The contribution of a rank with the last two samples.
      for (i, value) in rest.enumerated() {
        let mean = Self.moments(x, i % 2).mean
        sums[i % 2] += calls == 0 ? value : (value - mean) * (value - mean)
      }
      if calls == 0 { sums[4] += 30 }
      calls += 1
    }
    Self.prepare(part)
    for i in 0..<4 * Self.input.count { part.input.base[i] = Float(x[i]) }
    let mode = PassMode.training(step: 0, firstSlot: 0)
    whole.forward(count: 6, mode: mode)
    part.forward(count: 4, mode: mode)
    #expect(calls == 2)
    #expect(
      Self.distance(part.logitRows(4), whole.logitRows(6)[..<120].map(Double.init)) < 1e-5)
    // A rank without samples takes part and ends with the same running moments.
    var sums: [[Double]] = []
    let none = Self.network(samples: 1) { values, width in
      sums.append(Array(values[..<width]))
      for channel in 0..<2 {
        let (mean, variance) = Self.moments(x, channel)
        values[channel] = 90 * (sums.count == 1 ? mean : variance)
      }
      values[4] = 90
    }
    Self.prepare(none)
    none.forward(count: 0, mode: mode)
    #expect(none.backward(count: 0, globalBatch: 6) == 0)
    #expect(sums == [[Double]](repeating: [0, 0, 0, 0, 0], count: 3))
    #expect(
      Self.distance(
        Array(none.arena.state.elements), whole.arena.state.elements.map(Double.init)) < 1e-5)
  }
}
