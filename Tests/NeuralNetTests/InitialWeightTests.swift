import CounterRandom
import NeuralNet
import Testing

@Suite struct InitialWeightTests {
  /// The weights by their definition: element i of layer n is a function of (seed, n, i).
  @Test(arguments: [0, 7, 1 << 40] as [UInt64])
  func weightsAreFunctionsOfTheirIndex(_ seed: UInt64) {
    let network = Network(Specs.cnn(.relu), capacity: 1, seed: seed)
    var layer: UInt32 = 0
    for view in network.arena.views where view.name.hasSuffix("weight") {
      layer += 1
      let area = view.shape.count == 4 ? view.shape[1] * view.shape[2] : 1
      let fans = area * (view.shape[0] + view.shape[view.shape.count - 1])
      let limit = (6 / Double(fans)).squareRoot()
      for (i, value) in network.arena.parameters(of: view).enumerated() {
        let word = Philox4x32(key: seed).block(
          counter: SIMD4(UInt32(i / 4), 0, 0, RandomPurpose.initialWeights.tag(layer)))[i % 4]
        let expected = (2 * (Double(word >> 8) + 0.5) / 0x1p24 - 1) * limit
        #expect(value == Float(expected), "\(view.name)[\(i)]")
      }
    }
    #expect(layer == 4)
  }

  /// Layers and seeds share no random numbers: their weights, equally scaled, are uncorrelated.
  @Test func layersAndSeedsAreIndependent() {
    func scaled(_ seed: UInt64, _ name: String) -> [Double] {
      let network = Network(Paper.ffnn(.relu), capacity: 1, seed: seed)
      let values = network.arena.parameters(of: network.arena.view(name)).prefix(200_000)
      let power = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
      return values.map { Double($0) / power.squareRoot() }
    }
    let one = scaled(1, "fc1.weight")
    for other in [scaled(1, "fc2.weight"), scaled(2, "fc1.weight"), Array(one.dropFirst())] {
      let count = min(one.count, other.count)
      let correlation = zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
      #expect(abs(correlation) < 5 / Double(count).squareRoot())
    }
  }

  @Test func nothingButTheWeightsIsSet() {
    let network = Network(Specs.padded(.parametricReLU(initialSlope: 0.5)), capacity: 1, seed: 1)
    var owned = Set<Int>()
    for view in network.arena.views {
      #expect(view.offset % 16 == 0, "\(view.name) starts at a 64-byte boundary")
      owned.formUnion(view.offset..<view.offset + view.count)
    }
    #expect(owned.count == network.arena.parameterCount)
    for (i, value) in network.arena.parameters.elements.enumerated() where !owned.contains(i) {
      #expect(value == 0, "gap at \(i)")
    }
    #expect(network.arena.slots.count == 2)
    for slot in network.arena.slots { #expect(slot.elements.allSatisfy { $0 == 0 }) }
    for buffer in [network.arena.parameters] + network.arena.slots {
      #expect(Int(bitPattern: buffer.base) % 64 == 0)
    }
  }
}
