/// The names of a study's trials, with the training settings in which those on one data set and network differ.
package struct TrialNames: Sendable {
  private var differences: [Block.Kind: TrainingDifferences] = [:]

  /// - Parameter blocks: those of the trials.
  package init(_ blocks: some Sequence<Block> = []) {
    for block in blocks { insert(block) }
  }

  /// Takes one more trial into account.
  package mutating func insert(_ block: Block) {
    differences[block.kind, default: TrainingDifferences()].insert(block.training)
  }

  /// Activation, data set, network, training settings and seed; the settings are empty where none differs.
  package func parts(of trial: Trial) -> [String] {
    parts(trial.activation, Block(trial), seed: trial.seed)
  }

  /// The parts in one line: `relu mnist ffnn rate 0.01 seed 0`.
  package func label(of trial: Trial) -> String { Self.line(parts(of: trial)) }

  package func label(of trial: TrialSummary) -> String {
    Self.line(parts(trial.activationSpec, Block(trial), seed: trial.seed))
  }

  private func parts(_ activation: ActivationSpec, _ block: Block, seed: UInt64) -> [String] {
    let settings = differences[block.kind]?.phrases(of: block.training) ?? []
    return [
      activation.label, block.dataset, block.architecture.label,
      settings.joined(separator: " "), "seed \(seed)",
    ]
  }

  private static func line(_ parts: [String]) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: " ")
  }
}
