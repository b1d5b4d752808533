import NeuralNet
import Testing

/// Numbers below the smallest normal one count as 0 within a network, and only there.
@Suite struct FloatingPointModeTests {
  @Test(arguments: InstructionSet.available, [1, 2])
  func tinyNumbersCountAsZero(_ set: InstructionSet, _ threads: Int) {
    let spec = NetworkSpec(
      input: ImageShape(height: 1, width: 3, channels: 1), layers: [.dense(Dense(units: 70))],
      classes: 70)
    let network = Network(spec, capacity: 1, seed: 1, compute: Compute(set, threads: threads))
    let tiny: Float = 0x1p-70
    network.arena.parameters.elements.update(repeating: 0)
    for index in 0..<3 * 70 { network.arena.parameters.base[index] = tiny }
    // The product with the first input is too small to be normal, the second is so itself, and the third's is
    // a normal number.
    for (inputs, expected) in [
      ([0x1p-60, 0, 0], 0), ([0x1p-127, 0x1p-140, 0], 0), ([0, 0, 0x1p-55], 0x1p-125),
    ] as [([Float], Float)] {
      for (place, value) in inputs.enumerated() { network.input.base[place] = value }
      network.forward(count: 1, mode: .evaluation)
      #expect((0..<70).allSatisfy { network.logits[$0] == expected }, "\(set), \(inputs)")
      // 2⁻¹³⁰ here, at the first inputs.
      let product = network.arena.parameters.base[0] * network.input.base[0]
      #expect(product != 0 || inputs[0] < 0x1p-60, "the modes are left on")
    }
  }
}
