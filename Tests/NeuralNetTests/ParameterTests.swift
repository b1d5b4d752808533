import NeuralNet
import Testing

@Suite struct ParameterTests {
  @Test func glorotWeightsZeroBiasesAndSlopes() {
    let network = Network(Paper.cnn(.parametricReLU(initialSlope: 0.25)), capacity: 1, seed: 3)
    for view in network.arena.views {
      let values = network.arena.parameters(of: view).map(Double.init)
      if view.name.hasSuffix("bias") { #expect(values.allSatisfy { $0 == 0 }) }
      if view.name.hasPrefix("act") { #expect(values.allSatisfy { $0 == 0.25 }) }
      guard view.shape.count > 1 else { continue }
      let area = view.shape.count == 4 ? view.shape[1] * view.shape[2] : 1
      let fans = Double(area * (view.shape[0] + view.shape[view.shape.count - 1]))
      let limit = (6 / fans).squareRoot()
      #expect(values.allSatisfy { abs($0) <= limit })
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let variance = values.reduce(0) { $0 + $1 * $1 } / n
      // For a uniform variable: variance limit²/3; variance of its square 4 limit⁴/45.
      #expect(abs(mean) < 5 * limit / (3 * n).squareRoot(), "\(view.name)")
      #expect(
        abs(variance - limit * limit / 3) < 5 * limit * limit * (4 / 45 / n).squareRoot(),
        "\(view.name)")
    }
  }

  @Test func weightsDependOnTheSeedAlone() {
    let spec = Specs.cnn(.relu)
    let first = Network(spec, capacity: 1, seed: 8, compute: Compute(.portable)).arena.hashes()
    for set in InstructionSet.available {
      #expect(Network(spec, capacity: 33, seed: 8, compute: Compute(set)).arena.hashes() == first)
    }
    #expect(Network(spec, capacity: 1, seed: 9).arena.hashes() != first)
  }

  @Test func hashSeesEveryBit() {
    let network = Network(Specs.ffnn(.relu), capacity: 1, seed: 1)
    let before = network.arena.hashes()
    for view in network.arena.views {
      for index in [0, view.count / 2, view.count - 1] {
        for bit in [0, 13, 31] {
          let values = network.arena.parameters(of: view)
          let original = values[index]
          values[index] = Float(bitPattern: original.bitPattern ^ (1 << UInt32(bit)))
          #expect(network.arena.hashes() != before, "\(view.name)[\(index)] bit \(bit)")
          values[index] = original
        }
      }
    }
    #expect(network.arena.hashes() == before)
  }

  @Test(arguments: [Paper.cnn(.parametricReLU(initialSlope: 0.1)), Specs.padded(.relu)])
  func stateDictionaryRoundTrip(_ spec: NetworkSpec) {
    let (first, second) = (Network(spec, capacity: 3, seed: 1), Network(spec, capacity: 3, seed: 2))
    second.load(first.stateDictionary())
    for network in [first, second] {
      Batch(spec, count: 3, seed: 1).fill(network)
      network.forward(count: 3, mode: .evaluation)
    }
    #expect(first.logitRows(3) == second.logitRows(3))
  }

  @Test func namesAndShapesArePyTorchs() {
    let tensors = Network(Paper.cnn(.parametricReLU(initialSlope: 0.25)), capacity: 1, seed: 0)
      .stateDictionary()
    let shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
    #expect(
      shapes == [
        "conv1.weight": [32, 1, 3, 3], "conv1.bias": [32], "act1.weight": [32],
        "conv2.weight": [64, 32, 3, 3], "conv2.bias": [64], "act2.weight": [64],
        "fc1.weight": [512, 1600], "fc1.bias": [512], "act3.weight": [512],
        "fc2.weight": [512, 512], "fc2.bias": [512], "act4.weight": [512],
        "fc3.weight": [10, 512], "fc3.bias": [10],
      ])
  }

  @Test func slopesLearn() {
    let spec = Specs.ffnn(.parametricReLU(initialSlope: 0.25), dropout: 0)
    let network = Network(spec, capacity: 32, seed: 1)
    let batch = Batch(spec, count: 32, seed: 1)
    batch.fill(network)
    let slopes = network.arena.view("act1.weight")
    let before = Array(network.arena.parameters(of: slopes))
    var losses: [Double] = []
    for step in 0..<200 {
      network.forward(count: 32, mode: .training(step: UInt32(step), firstSlot: 0))
      losses.append(network.backward(count: 32, globalBatch: 32) / 32)
      Adam(learningRate: 0.01).step(network, step: step + 1)
    }
    let after = Array(network.arena.parameters(of: slopes))
    #expect(zip(before, after).allSatisfy { abs($0 - $1) > 1e-3 })
    #expect(losses[199] < 0.5 * losses[0])
  }

  @Test func impossibleShapesAreNamed() {
    func flaw(
      height: Int = 28, hidden: [Int] = [512, 512], classes: Int = 10, dropout: Float = 0.3
    ) -> String? {
      NetworkSpec(
        input: ImageShape(height: height, width: 28),
        convolutions: [.init(filters: 32, kernel: 3), .init(filters: 64, kernel: 3)],
        hidden: hidden, classes: classes, activation: .relu, dropout: dropout
      ).flaw
    }
    #expect(flaw() == nil)
    #expect(flaw(classes: 1)?.contains("1 classes") == true)
    #expect(flaw(hidden: [512, 0])?.contains("dense layer 2: 0 units") == true)
    #expect(flaw(dropout: 1)?.contains("dropout") == true)
    #expect(flaw(height: 5)?.contains("convolution 2 as 32×1×13") == true)
  }
}
