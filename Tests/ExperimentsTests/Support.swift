import Experiments

/// A config of one trial that is right; tests break one thing at a time.
let minimalYAML = """
  datasets: [mnist]
  architectures: [ffnn]
  activations: [relu]
  """

/// Reads a config whose file is called `test.yaml` and lies in `/base`.
func parse(_ yaml: String, overrides: [String] = []) throws(ConfigError) -> StudyConfig {
  try StudyConfig(yaml: yaml, file: "test.yaml", baseDirectory: "/base", overrides: overrides)
}

/// The problems that reading a config reports; none when it is right.
func problems(_ yaml: String, overrides: [String] = []) -> [ConfigError.Problem] {
  do {
    _ = try parse(yaml, overrides: overrides)
    return []
  } catch {
    return error.problems
  }
}

/// Multiplies and adds (the constants of Knuth's MMIX): the same numbers in each run.
struct KnuthGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

/// A trial of the paper: SReLU on MNIST with the dense network.
let paperTrial = Trial(
  dataset: DatasetSpec(name: "mnist"), architecture: .ffnn,
  activation: ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.1]),
  training: TrainingSpec(epochs: 10), seed: 0)
