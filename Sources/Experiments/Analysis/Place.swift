/// Where activations meet: everything of a trial but the activation and the seed.
public struct Place: Hashable, Sendable {
  /// The data set's name.
  public var dataset: String
  /// The network.
  public var architecture: ArchitectureSpec
  /// How the network was optimised.
  public var training: TrainingSpec

  /// The place of a trial.
  public init(_ trial: TrialSummary) {
    dataset = trial.dataset
    architecture = trial.architectureParameters
    training = trial.training
  }

  /// The place of a trial that is planned.
  public init(_ trial: Trial) {
    dataset = trial.dataset.name
    architecture = trial.architecture
    training = trial.training
  }

  /// Each place's `mnist × ffnn`, with the settings in which places of the same data set and network differ.
  public static func labels(of places: some Sequence<Place>) -> [Place: String] {
    var labels: [Place: String] = [:]
    let kinds = Set(places).grouped { Kind(dataset: $0.dataset, architecture: $0.architecture) }
    for (kind, rivals) in kinds {
      for (place, settings) in zip(rivals, settings(of: rivals)) {
        labels[place] = (["\(kind.dataset) × \(kind.architecture.label)"] + settings)
          .joined(separator: ", ")
      }
    }
    return labels
  }

  /// For each place, the settings in which these differ: `rate 0.001`, `batch 64`.
  public static func settings(of places: [Place]) -> [[String]] {
    TrainingSpec.differences(of: places.map(\.training))
  }

  private struct Kind: Hashable {
    var dataset: String
    var architecture: ArchitectureSpec
  }
}
