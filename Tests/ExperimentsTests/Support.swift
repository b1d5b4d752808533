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

/// A trial of the paper: SReLU on MNIST with the dense network.
let paperTrial = Trial(
  dataset: DatasetSpec(name: "mnist"), architecture: .ffnn,
  activation: ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.1]),
  training: TrainingSpec(epochs: 10), seed: 0)
