import NeuralNet
import Testing

/// The identity of a network's state, and the validity of networks.
@Suite struct StateTests {
  @Test func everyBitOfEveryParameterChangesTheHash() {
    // The last twelve biases reach into the arena's last eight floats.
    let spec = Specs.ffnn(.parametricReLU(initialSlope: 0.25), hidden: [3], classes: 12)
    let network = Network(spec, capacity: 1, seed: 1)
    let before = network.arena.hashes()
    for view in network.arena.views {
      let values = network.arena.parameters(of: view)
      for i in values.indices {
        let original = values[i]
        for bit in 0..<32 {
          values[i] = Float(bitPattern: original.bitPattern ^ (1 << UInt32(bit)))
          #expect(network.arena.hashes() != before, "\(view.name)[\(i)] bit \(bit)")
        }
        values[i] = original
      }
    }
    #expect(network.arena.hashes() == before)
  }

  @Test func exchangedValuesChangeTheHash() {
    let network = Network(Specs.ffnn(.relu), capacity: 1, seed: 1)
    let values = network.arena.parameters.elements
    let before = network.arena.hashes()
    for (a, b) in [(0, 1), (0, 8), (3, 11), (16, 32), (1, 100)] {
      values.swapAt(a, b)
      #expect(network.arena.hashes() != before, "\(a) and \(b)")
      values.swapAt(a, b)
    }
    #expect(network.arena.hashes() == before)
  }

  @Test(arguments: Specs.all(.parametricReLU(initialSlope: 0.25)) + [Paper.cnn(.relu)])
  func aLoadedStateIsTheSameBits(_ spec: NetworkSpec) {
    let (first, second) = (Network(spec, capacity: 2, seed: 1), Network(spec, capacity: 5, seed: 2))
    // Values that make all tensors differ from the second network's.
    for i in first.arena.parameters.elements.indices {
      first.arena.parameters.base[i] += 1
    }
    for view in first.arena.views {
      let (a, b) = (first.arena.parameters(of: view), second.arena.parameters(of: view))
      #expect(!a.elementsEqual(b), "\(view.name)")
    }
    second.load(first.stateDictionary().reversed())
    for view in first.arena.views {
      let (a, b) = (first.arena.parameters(of: view), second.arena.parameters(of: view))
      #expect(a.elementsEqual(b), "\(view.name)")
    }
    #expect(second.stateDictionary() == first.stateDictionary())
  }

  /// The export is a permutation that PyTorch's layouts define: [f, c, y, x] from [f, y, x, c], and
  /// the columns (c, y, x) of the first dense layer from (y, x, c).
  @Test func layoutsAreChannelsFirst() {
    let spec = NetworkSpec(
      input: ImageShape(height: 5, width: 6, channels: 2),
      convolutions: [.init(filters: 3, kernel: 2)], hidden: [2], classes: 3, activation: .relu)
    let network = Network(spec, capacity: 1, seed: 1)
    func number(_ name: String, _ index: (Int) -> Float) {
      let values = network.arena.parameters(of: network.arena.view(name))
      for i in values.indices { values[i] = index(i) }
    }
    number("conv1.weight") { i in
      let (f, y, x, c) = (i / 8, i / 4 % 2, i / 2 % 2, i % 2)
      let number = 1000 * f + 100 * c + 10 * y + x
      return Float(number)
    }
    // Pooled images are 2 × 2 with 3 channels.
    number("fc1.weight") { i in
      let (o, y, x, c) = (i / 12, i / 6 % 2, i / 3 % 2, i % 3)
      let number = 1000 * o + 100 * c + 10 * y + x
      return Float(number)
    }
    func values(_ name: String) -> [Float] {
      network.stateDictionary().first { $0.name == name }?.values ?? []
    }
    func expected(_ outer: Int, _ channels: Int) -> [Float] {
      var expected: [Float] = []
      for row in 0..<outer {
        for channel in 0..<channels {
          for pixel in [0, 1, 10, 11] { expected.append(Float(1000 * row + 100 * channel + pixel)) }
        }
      }
      return expected
    }
    #expect(values("conv1.weight") == expected(3, 2))
    #expect(values("fc1.weight") == expected(2, 3))
  }

  @Test func flaws() {
    func flaw(
      _ convolutions: [Convolution] = [
        .init(filters: 16, kernel: 3), .init(filters: 16, kernel: 3),
      ],
      channels: Int = 1, hidden: [Int] = [9], classes: Int = 4, dropout: Float = 0.3
    ) -> String {
      NetworkSpec(
        input: ImageShape(height: 12, width: 11, channels: channels), convolutions: convolutions,
        hidden: hidden, classes: classes, activation: .relu, dropout: dropout
      ).flaw ?? "none"
    }
    #expect(flaw() == "none")
    #expect(flaw(classes: 0).contains("0 classes"))
    #expect(flaw(classes: 256) == "none")
    #expect(flaw(classes: 257).contains("257 classes"))
    #expect(flaw(hidden: []) == "none")
    #expect(flaw(hidden: [-3]).contains("-3 units"))
    #expect(flaw(dropout: 0) == "none")
    #expect(flaw(dropout: -0.1).contains("-0.1"))
    #expect(flaw(dropout: .nan).contains("nan"))
    #expect(flaw(channels: 0).contains("empty input"))
    let good = Convolution(filters: 16, kernel: 3)
    #expect(flaw([Convolution(filters: 0, kernel: 3), good]).contains("convolution 1"))
    #expect(flaw([Convolution(filters: 16, kernel: 0), good]).contains("convolution 1"))
    #expect(flaw([good, Convolution(filters: 16, kernel: -1)]).contains("convolution 2"))
    #expect(flaw([good, Convolution(filters: 16, kernel: 6)]).contains("convolution 2"))
    #expect(flaw([good, Convolution(filters: 16, kernel: 6, padded: true)]) == "none")
    // Far beyond any memory, yet detected without overflow.
    let huge = Convolution(filters: 1 << 24, kernel: 1 << 24, padded: true)
    #expect(flaw([huge, huge], hidden: [1 << 24]) == "none")
    let spec = NetworkSpec(
      input: ImageShape(height: 12, width: 11), convolutions: [huge, huge], hidden: [1 << 24],
      classes: 4, activation: .relu)
    #expect(ModelCost(spec) == nil)
  }

  /// The last layer's output must fit the loss.
  @Test func theLastLayerHasToFitTheClasses() {
    let input = ImageShape(height: 2, width: 3)
    func flaw(_ layers: [LayerSpec], classes: Int = 3) -> String? {
      NetworkSpec(input: input, layers: layers, classes: classes).flaw
    }
    #expect(flaw([.dense(Dense(units: 3))]) == nil)
    #expect(flaw([.dense(Dense(units: 1))], classes: 2) == nil)
    #expect(flaw([.dense(Dense(units: 4))])?.contains("3 values from the last layer") == true)
    #expect(flaw([])?.contains("nothing") == true)
    #expect(flaw([.activation(ActivationLayer(.relu))], classes: 6)?.contains("nothing") == true)
  }

  @Test func theEnvironmentChoosesAnInstructionSet() throws {
    let name = InstructionSet.environmentVariable
    #expect(try InstructionSet.chosen(environment: [:]) == .widest)
    #expect(try InstructionSet.chosen(environment: [name: ""]) == .widest)
    for set in InstructionSet.available {
      #expect(try InstructionSet.chosen(environment: [name: set.rawValue]) == set)
    }
    for wrong in InstructionSet.allCases where !InstructionSet.available.contains(wrong) {
      #expect(throws: InstructionSetError.self) {
        try InstructionSet.chosen(environment: [name: wrong.rawValue])
      }
    }
    let error = #expect(throws: InstructionSetError.self) {
      try InstructionSet.chosen(environment: [name: "sse9"])
    }
    #expect(error?.description.contains("sse9") == true)
    #expect(error?.description.contains("portable") == true)
  }

  @Test func gatheringCopiesRows() {
    let spec = Specs.ffnn(.relu)
    let network = Network(spec, capacity: 3, seed: 1)
    let features = (0..<5 * 11).map(Float.init)
    let pixels = (0..<5 * 11).map { UInt8($0) }
    for indices in [[4, 0, 4], [2], []] as [[UInt32]] {
      for isPixels in [false, true] {
        network.input.elements.update(repeating: -1)
        indices.withUnsafeBufferPointer {
          if isPixels {
            network.gather(pixels: pixels, indices: $0, scale: 1)
          } else {
            network.gather(features: features, indices: $0)
          }
        }
        let expected = indices.flatMap { row in (0..<11).map { Float(Int(row) * 11 + $0) } }
        #expect(Array(network.input.elements.prefix(expected.count)) == expected)
        #expect(network.input.elements.dropFirst(expected.count).allSatisfy { $0 == -1 })
      }
    }
  }
}
