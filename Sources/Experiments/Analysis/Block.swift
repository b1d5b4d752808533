/// Where activations meet: everything of a trial but the activation and the seed.
public struct Block: Hashable, Sendable {
  /// The data set's name.
  public var dataset: String
  /// The network.
  public var architecture: ArchitectureSpec
  /// How the network was optimised.
  public var training: TrainingSpec

  /// The block of a trial.
  public init(_ trial: TrialSummary) {
    dataset = trial.dataset
    architecture = trial.architectureParameters
    training = trial.training
  }

  /// The block of a trial that is planned.
  public init(_ trial: Trial) {
    dataset = trial.dataset.name
    architecture = trial.architecture
    training = trial.training
  }

  /// Each block's `mnist × ffnn`, with the settings in which blocks of the same data set and network differ.
  public static func labels(of blocks: some Sequence<Block>) -> [Block: String] {
    var labels: [Block: String] = [:]
    let kinds = Set(blocks).grouped { Kind(dataset: $0.dataset, architecture: $0.architecture) }
    for (kind, rivals) in kinds {
      for (block, settings) in zip(rivals, settings(of: rivals)) {
        labels[block] = (["\(kind.dataset) × \(kind.architecture.label)"] + settings)
          .joined(separator: ", ")
      }
    }
    return labels
  }

  /// For each block, the settings in which these differ: `rate 0.001`, `batch 64`.
  public static func settings(of blocks: [Block]) -> [[String]] {
    TrainingSpec.differences(of: blocks.map(\.training))
  }

  private struct Kind: Hashable {
    var dataset: String
    var architecture: ArchitectureSpec
  }
}
