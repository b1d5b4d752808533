/// Where activations meet: everything of a trial but the activation and the seed.
public struct Place: Hashable, Sendable {
  /// The data set's name.
  public var dataset: String
  /// The network.
  public var architecture: ArchitectureSpec
  /// Step size.
  public var learningRate: Double
  /// Samples per step over all ranks.
  public var batchSize: Int
  /// Epochs asked for.
  public var epochs: Int
  /// What the dense layers multiplied.
  public var precision: NumberFormat

  /// The place of a trial.
  public init(_ trial: TrialSummary) {
    dataset = trial.dataset
    architecture = trial.architectureParameters
    learningRate = trial.learningRate
    batchSize = trial.batchSize
    epochs = trial.epochs
    precision = trial.precision
  }

  /// `mnist × ffnn`, with the settings in which places of the same data set and network differ.
  public func label(among places: [Place]) -> String {
    let rivals = places.filter { $0.dataset == dataset && $0.architecture == architecture }
    return (["\(dataset) × \(architecture.label)"] + settings(among: rivals))
      .joined(separator: ", ")
  }

  /// The settings in which these places differ: `rate 0.001`, `batch 64`.
  public func settings(among rivals: [Place]) -> [String] {
    var parts: [String] = []
    if Set(rivals.map(\.learningRate)).count > 1 {
      parts.append("rate \(canonicalText(of: learningRate))")
    }
    if Set(rivals.map(\.batchSize)).count > 1 { parts.append("batch \(batchSize)") }
    if Set(rivals.map(\.epochs)).count > 1 { parts.append("\(epochs) epochs") }
    if Set(rivals.map(\.precision)).count > 1 { parts.append(precision.rawValue) }
    return parts
  }
}
