import Formulas
import NeuralNet

/// A small network, and the hash of its parameters after some training steps on made-up samples. They are
/// the same numbers on every instruction set, any number of ranks and hosts, and every machine.
package struct GoldenNetwork: Sendable, CustomStringConvertible {
  package let name: String
  package let hash: UInt64
  package let optimizer: any Optimizer
  /// Samples of a global batch; every fourth is shorter.
  package let batch: Int
  package let spec: @Sendable () throws -> NetworkSpec

  private init(
    _ name: String, _ hash: UInt64, batch: Int = 13, optimizer: any Optimizer = Adam(),
    spec: @escaping @Sendable () throws -> NetworkSpec
  ) {
    (self.name, self.hash, self.batch, self.optimizer, self.spec) = (
      name, hash, batch, optimizer, spec
    )
  }

  package var description: String { name }

  package static let steps = 50

  /// Samples of the batch of a step, which counts from 1.
  package func count(step: Int) -> Int { step % 4 == 0 ? max(1, batch - 4) : batch }

  /// A full batch for a step: features in rows, and labels.
  package func samples(step: Int) throws -> (features: [Float], labels: [UInt8]) {
    let spec = try spec()
    var state = UInt64(step)
    // Steele, Lea and Flood's generator.
    func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return bits ^ (bits >> 31)
    }
    let features = (0..<batch * spec.input.count).map { _ in
      Float(Int(next() >> 40) - 1 << 23) / Float(1 << 23)
    }
    return (features, (0..<batch).map { _ in UInt8(next() % UInt64(spec.classes)) })
  }

  /// Fowler, Noll and Vo's hash of a network's parameters and untrained state.
  package static func hash(_ arena: ParameterArena) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in [arena.parameters, arena.state] {
      for value in part.elements {
        hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
      }
    }
    return hash
  }

  private static let image = ImageShape(height: 12, width: 11, channels: 2)
  private static let digit = ImageShape(height: 14, width: 14, channels: 1)

  private static func learned(
    _ scope: Activation.Learned.Scope, _ formula: String, within range: ClosedRange<Float>? = nil
  ) throws -> Activation {
    let parameter = Activation.Learned("a", initial: 0.5, scope: scope, bounds: range)
    let values = range.map { Double($0.lowerBound)...Double($0.upperBound) }
    return try Activation(
      Formula(formula), [.learned(parameter, values ?? -.infinity ... .infinity)])
  }

  /// Widths that are multiples of no vector, batches that are none either, and every kind of layer.
  package static let all: [GoldenNetwork] = [
    GoldenNetwork("ffnn relu", 0xe1d2_2372_630c_2102) {
      NetworkSpec(input: digit, hidden: [70, 37], classes: 10, activation: .relu, dropout: 0.3)
    },
    GoldenNetwork(
      "ffnn srelu, two classes, sgd", 0x7f8a_dde9_44f8_34fc, batch: 22,
      optimizer: SGD(learningRate: 0.05, momentum: 0.9, nesterov: true)
    ) {
      NetworkSpec(
        input: digit, hidden: [33, 130, 5], classes: 2, activation: .srelu(alpha: 1, beta: 0.1),
        dropout: 0.2)
    },
    GoldenNetwork("wide ffnn prelu", 0xb4fc_32ee_bd63_feb8, batch: 37) {
      NetworkSpec(
        input: digit, hidden: [450, 210], classes: 10,
        activation: .parametricReLU(initialSlope: 0.25), dropout: 0.3)
    },
    GoldenNetwork("ffnn relu, one unit", 0xc9d1_53e0_b23a_58a6, batch: 6) {
      NetworkSpec(input: digit, hidden: [30, 1], classes: 10, activation: .relu, dropout: 0)
    },
    GoldenNetwork("ffnn gelu, one sample", 0x7ded_63a0_4cfa_e60d, batch: 1) {
      NetworkSpec(input: digit, hidden: [70, 37], classes: 10, activation: .gelu, dropout: 0)
    },
    GoldenNetwork("ffnn of formulas", 0x26eb_c1fa_dbb6_219f) {
      NetworkSpec(
        input: digit, convolutions: [], hidden: [40, 37, 21], classes: 10,
        activations: [
          try learned(
            .layer, "x * tanh(softplus(a * x)) + log1p(abs(x))^1.5 * sin(x) / (2 + erf(x))"),
          try learned(.channel, "x > 0 ? x : a * x", within: 0.4...0.5),
          .srelu(alpha: 1.5, beta: 0.5),
        ], dropout: 0.3)
    },
    GoldenNetwork("cnn relu", 0x85e9_8887_a341_7b1a, batch: 9) {
      NetworkSpec(
        input: ImageShape(height: 28, width: 28, channels: 1),
        convolutions: [.init(filters: 32, kernel: 3), .init(filters: 64, kernel: 3)],
        hidden: [48], classes: 10, activation: .relu, dropout: 0.3)
    },
    GoldenNetwork("cnn gelu", 0xf41e_af58_924f_ac0b) {
      NetworkSpec(
        input: image, convolutions: [.init(filters: 16, kernel: 3), .init(filters: 7, kernel: 2)],
        hidden: [32], classes: 10, activation: .gelu, dropout: 0.3)
    },
    GoldenNetwork("padded cnn, one parameter in all layers", 0xd82e_98d6_22e1_caed) {
      let leaky = try learned(.network, "x > 0 ? x : a * x")
      return NetworkSpec(
        input: digit,
        convolutions: [
          .init(filters: 8, kernel: 3, padded: true), .init(filters: 16, kernel: 3, padded: true),
        ], hidden: [32], classes: 10, activation: leaky, dropout: 0.3)
    },
    GoldenNetwork("cnn with a parameter for each pixel, two classes", 0xc745_869c_1a8b_7d23) {
      NetworkSpec(
        input: image, convolutions: [.init(filters: 8, kernel: 3)], hidden: [32, 24], classes: 2,
        activations: [
          try learned(.unit, "x > 0 ? x : a * x"), .parametricReLU(initialSlope: 0.25), .tanh,
        ], dropout: 0.3)
    },
    GoldenNetwork("plain layers", 0xca58_5f2d_f193_6e98) {
      NetworkSpec(
        input: ImageShape(height: 9, width: 8, channels: 3),
        layers: [
          .dropout(Dropout(0.3)), .convolution(Convolution(filters: 18, kernel: 3)),
          .batchNorm(BatchNorm()), .activation(ActivationLayer(.sigmoid)),
          .maxPool(MaxPool(size: 2)), .convolution(Convolution(filters: 5, kernel: 2)),
          .globalAveragePool(GlobalAveragePool()), .dense(Dense(units: 19)),
          .batchNorm(BatchNorm()), .activation(ActivationLayer(.gelu)), .dense(Dense(units: 4)),
        ], classes: 4)
    },
  ]
}
