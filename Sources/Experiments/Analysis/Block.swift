/// Everything in a trial but its activation and its seed: activations are compared within a block.
public struct Block: Hashable, Sendable {
  /// The data set's name.
  public var dataset: String
  /// The network.
  public var architecture: ArchitectureSpec
  /// The training settings.
  public var training: TrainingSpec

  /// The block of a trial.
  public init(_ trial: TrialSummary) {
    dataset = trial.dataset
    architecture = trial.architectureParameters
    training = trial.training
  }

  /// The block of a planned trial.
  public init(_ trial: Trial) {
    dataset = trial.dataset.name
    architecture = trial.architecture
    training = trial.training
  }

  /// Labels each block `mnist × ffnn`, with the settings that distinguish it where necessary.
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

  /// Returns, for each block, the settings in which the blocks differ: `rate 0.001`, `batch 64`.
  public static func settings(of blocks: [Block]) -> [[String]] {
    TrainingSpec.differences(of: blocks.map(\.training))
  }

  private struct Kind: Hashable {
    var dataset: String
    var architecture: ArchitectureSpec
  }
}
