import Formulas
import NeuralNet
import Testing

/// Training gives the same bits on every instruction set and every machine: after some steps, the parameters'
/// bits are those that are written here.
@Suite struct SameBitsTests {
  struct Golden: CustomTestStringConvertible, Sendable {
    let name: String
    let hash: UInt64
    let spec: @Sendable () throws -> NetworkSpec
    var optimizer: any Optimizer = Adam()
    var samples = 13
    var testDescription: String { name }
  }

  /// Widths that are multiples of no vector, batches that are none either, and every kind of layer.
  static let networks: [Golden] = [
    Golden(
      name: "ffnn relu", hash: 0x7425_3838_3e23_cc01, spec: { Specs.ffnn(.relu, hidden: [70, 37]) }),
    Golden(
      name: "ffnn srelu, sgd", hash: 0x3a79_9ae6_18c3_853c,
      spec: { Specs.ffnn(.srelu(alpha: 1, beta: 0.1), hidden: [33, 130, 5], classes: 2) },
      optimizer: SGD(learningRate: 0.05, momentum: 0.9, nesterov: true)),
    Golden(
      name: "wide ffnn prelu", hash: 0x688c_9964_cdea_8a99,
      spec: { Specs.ffnn(.parametricReLU(initialSlope: 0.25), hidden: [900, 450]) }, samples: 37),
    Golden(
      name: "ffnn gelu", hash: 0xfbfb_f73d_0f49_c206, spec: { Specs.ffnn(.gelu, hidden: [70, 37]) }),
    Golden(
      name: "ffnn of a formula", hash: 0xde76_4993_da11_48fa,
      spec: {
        Specs.ffnn(
          try Activation(
            Formula("x * tanh(softplus(a * x)) + log1p(abs(x))^1.5 * sin(x) / (2 + erf(x))"),
            [
              .learned(
                Activation.Learned("a", initial: 1, scope: .layer), -.infinity ... .infinity)
            ]), hidden: [70, 37])
      }),
    Golden(name: "cnn relu", hash: 0x223e_0c63_a866_6c92, spec: { Specs.cnn(.relu) }),
    Golden(name: "cnn gelu", hash: 0x7e4e_d6e3_4e2b_fc26, spec: { Specs.cnn(.gelu) }),
    Golden(
      name: "cnn prelu", hash: 0xb2ca_09e5_fa26_c6a2,
      spec: { Specs.cnn(.parametricReLU(initialSlope: 0.25)) }),
    Golden(
      name: "padded cnn elu", hash: 0xbd95_ed1c_9f71_fb54, spec: { Specs.padded(.elu(alpha: 1)) }),
    Golden(
      name: "two classes", hash: 0xd44d_956a_affd_1efa, spec: { Specs.cnn(.tanh, classes: 2) }),
    Golden(
      name: "plain layers", hash: 0xfeaf_651c_ba80_8300,
      spec: {
        NetworkSpec(
          input: ImageShape(height: 9, width: 8, channels: 3),
          layers: [
            .dropout(Dropout(0.3)), .convolution(Convolution(filters: 18, kernel: 3)),
            .batchNorm(BatchNorm()), .activation(ActivationLayer(.sigmoid)),
            .maxPool(MaxPool(size: 2)), .convolution(Convolution(filters: 5, kernel: 2)),
            .globalAveragePool(GlobalAveragePool()), .dense(Dense(units: 19)),
            .activation(ActivationLayer(.gelu)), .dense(Dense(units: 4)),
          ], classes: 4)
      }),
  ]

  static let steps = 20

  /// Trains on random numbers, with full and short batches, with and without fused steps.
  static func hash(
    _ golden: Golden, _ set: InstructionSet
  ) throws -> (parameters: UInt64, loss: Double) {
    let spec = try golden.spec()
    let network = Network(
      spec, capacity: golden.samples, seed: 3, optimizer: type(of: golden.optimizer),
      compute: Compute(set))
    var findings = StepFindings()
    var loss = 0.0
    for number in 1...steps {
      let count = number % 4 == 0 ? golden.samples - 4 : golden.samples
      Batch(spec, count: count, seed: UInt64(number)).fill(network)
      network.forward(count: count, mode: .training(step: UInt32(number), firstSlot: 0))
      let step = network.step(golden.optimizer, number: number)
      withUnsafeMutablePointer(to: &findings) { findings in
        if number % 3 == 0 {
          loss = network.backward(count: count, globalBatch: count)
          network.apply(step, range: 0..<network.arena.parameters.count, findings: findings)
        } else {
          loss = network.backward(
            count: count, globalBatch: count, fused: FusedStep(step, findings: findings))
          for range in network.unfusedRanges {
            network.apply(step, range: range, findings: findings)
          }
        }
      }
    }
    // Fowler, Noll and Vo's hash.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in network.arena.parameters.elements {
      hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
    }
    return (hash, loss)
  }

  @Test(arguments: networks)
  func everyInstructionSetGivesTheBits(_ golden: Golden) throws {
    for set in InstructionSet.available {
      let found = try Self.hash(golden, set)
      #expect(
        found.parameters == golden.hash,
        "\(golden.name), \(set): 0x\(String(found.parameters, radix: 16)), loss \(found.loss)")
      #expect(found.loss.isFinite && found.loss > 0)
    }
  }
}
