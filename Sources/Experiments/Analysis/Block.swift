/// Everything in a trial but its activation and its seed: activations are compared within a block.
package struct Block: Hashable, Sendable {
  package var dataset: String
  package var architecture: ArchitectureSpec
  package var training: TrainingSpec

  package init(_ trial: TrialSummary) {
    dataset = trial.dataset
    architecture = trial.architectureParameters
    training = trial.training
  }

  package init(_ trial: Trial) {
    dataset = trial.dataset.name
    architecture = trial.architecture
    training = trial.training
  }

  /// Labels each block `mnist × ffnn`, with the settings that distinguish it where necessary.
  package static func labels(of blocks: some Sequence<Block>) -> [Block: String] {
    var labels: [Block: String] = [:]
    for (kind, rivals) in Set(blocks).grouped(by: \.kind) {
      for (block, settings) in zip(rivals, settings(of: rivals)) {
        labels[block] = (["\(kind.dataset) × \(kind.architecture.label)"] + settings)
          .joined(separator: ", ")
      }
    }
    return labels
  }

  /// Returns, for each block, the settings in which the blocks differ: `rate 0.001`, `batch 64`.
  package static func settings(of blocks: [Block]) -> [[String]] {
    let differences = TrainingDifferences(blocks.lazy.map(\.training))
    return blocks.map { differences.phrases(of: $0.training) }
  }

  /// The settings that are to be told of trials in these blocks, in the order of files: each that isn't at its
  /// default in one of them, each in which blocks of one data set and network differ, and others.
  /// - Parameter columns: those of the others.
  package static func fields(
    toldOf blocks: [Block], and columns: Set<String>
  ) -> [SettingField<TrainingSpec>] {
    let differing = Set(
      blocks.grouped(by: \.kind).flatMap { TrainingDifferences($0.elements.map(\.training)).keys })
    return TrainingSpec.inFileOrder.filter { field in
      let usual = field.setting.defaultValue
      return columns.contains(field.setting.column) || differing.contains(field.setting.key)
        || usual != nil && blocks.contains { field.value($0.training) != usual }
    }
  }

  struct Kind: Hashable {
    var dataset: String
    var architecture: ArchitectureSpec
  }

  var kind: Kind { Kind(dataset: dataset, architecture: architecture) }
}
