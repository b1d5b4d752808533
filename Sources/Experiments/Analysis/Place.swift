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

  /// `mnist × ffnn`, with the settings in which places of the same data set and network differ.
  public func label(among places: [Place]) -> String {
    let rivals = places.filter { $0.dataset == dataset && $0.architecture == architecture }
    return (["\(dataset) × \(architecture.label)"] + settings(among: rivals))
      .joined(separator: ", ")
  }

  /// The settings in which these places differ: `rate 0.001`, `batch 64`.
  public func settings(among rivals: [Place]) -> [String] {
    training.differences(among: rivals.map(\.training))
  }
}
