import DataParallel
import Experiments
import NeuralNet
import Testing

@Suite("Networks of trials")
struct TrialNetworkTests {
  private static let constants = ["alpha": 1.5, "beta": 0.25, "slope": 0.125]

  @Test(arguments: [
    ("relu", Activation.relu), ("leaky-relu", .leakyReLU(slope: 0.125)),
    ("prelu", .parametricReLU(initialSlope: 0.125)), ("elu", .elu(alpha: 1.5)),
    ("gelu", .gelu), ("srelu", .srelu(alpha: 1.5, beta: 0.25)), ("sigmoid", .sigmoid),
    ("tanh", .tanh),
  ])
  func everyActivationHasItsConstants(name: String, expected: Activation) throws {
    let spec = ActivationSpec(name: name, parameters: Self.constants)
    #expect(try Activation(spec) == expected)
  }

  @Test(arguments: [
    ("leaky-relu", "slope"), ("prelu", "slope"), ("elu", "alpha"), ("srelu", "alpha"),
    ("srelu", "beta"),
  ])
  func aConstantThatIsMissingIsNamed(name: String, constant: String) {
    let others = Self.constants.filter { $0.key != constant }
    let error = #expect(throws: TrialShapeError.self) {
      try Activation(ActivationSpec(name: name, parameters: others))
    }
    #expect(error?.description.contains(constant) == true)
    #expect(error?.exitCode == .usage)
  }

  @Test(arguments: ["srelo", "ReLU", ""])
  func anUnknownActivationIsNamed(name: String) {
    let error = #expect(throws: TrialShapeError.self) {
      try Activation(ActivationSpec(name: name))
    }
    #expect(error?.description.contains("called \(name)") == true)
  }

  private func trial(_ architecture: ArchitectureSpec) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: architecture,
      activation: ActivationSpec(name: "tanh"), training: TrainingSpec(epochs: 1), seed: 1)
  }

  @Test func aFeedForwardNetworkHasTheTrialsShape() throws {
    let input = ImageShape(height: 4, width: 6, channels: 1)
    let architecture = ArchitectureSpec(kind: .ffnn, hidden: [7, 5, 3], dropout: 0.125)
    let expected = NetworkSpec(
      input: input, hidden: [7, 5, 3], classes: 2, activation: .tanh, dropout: 0.125)
    #expect(try NetworkSpec(trial(architecture), input: input, classes: 2) == expected)
  }

  @Test(arguments: [ArchitectureSpec.Padding.valid, .same])
  func aConvolutionalNetworkHasTheTrialsShape(padding: ArchitectureSpec.Padding) throws {
    let input = ImageShape(height: 28, width: 20, channels: 1)
    let architecture = ArchitectureSpec(
      kind: .cnn, hidden: [9], dropout: 0, filters: [4, 6], kernel: 5, padding: padding)
    let padded = padding == .same
    let expected = NetworkSpec(
      input: input,
      convolutions: [
        .init(filters: 4, kernel: 5, padded: padded), .init(filters: 6, kernel: 5, padded: padded),
      ], hidden: [9], classes: 10, activation: .tanh, dropout: 0)
    #expect(try NetworkSpec(trial(architecture), input: input, classes: 10) == expected)
  }

  @Test func aConvolutionThatLeavesNothingIsNamedWithItsTrial() {
    let input = ImageShape(height: 6, width: 5, channels: 1)
    // 6×5 → 4×3 → 2×1, in which no 3×3 kernel fits.
    let trial = trial(.cnn)
    let error = #expect(throws: TrialShapeError.self) {
      try NetworkSpec(trial, input: input, classes: 10)
    }
    #expect(error?.description.hasPrefix(trial.label) == true)
    #expect(error?.description.contains("convolution 2 as") == true)
    #expect(error?.description.contains("2×1, smaller than its 3×3 kernel") == true)
    #expect(error?.exitCode == .usage)
  }
}
