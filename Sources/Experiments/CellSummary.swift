/// The trials of one cell, over all its seeds.
public struct CellSummary: Hashable, Sendable {
  /// `Trial.cellID`.
  public var id: String
  /// The activation with every parameter.
  public var activation: ActivationSpec
  /// The data set's name.
  public var dataset: String
  /// The architecture with every parameter.
  public var architecture: ArchitectureSpec
  /// Step size.
  public var learningRate: Double
  /// Samples per step over all ranks.
  public var batchSize: Int
  /// Epochs asked for.
  public var epochs: Int
  /// Trials that finished; the statistics are over these.
  public var finished: Int
  /// Trials that failed.
  public var failed: Int
  /// Trials that were skipped.
  public var skipped: Int
  /// Trials that a search stopped.
  public var stopped: Int
  /// Test accuracy; nil when no trial finished, like all that follow.
  public var accuracy: SampleStatistics?
  /// Test precision.
  public var precision: SampleStatistics?
  /// Test recall.
  public var recall: SampleStatistics?
  /// Test F1.
  public var f1: SampleStatistics?
  /// Train minus test accuracy, both without dropout.
  public var generalisationGap: SampleStatistics?
  /// Wall-clock seconds of a trial.
  public var seconds: SampleStatistics?

  /// The summary of one cell's trials.
  /// - Parameter trials: at least one, all of the same cell.
  private init(_ trials: [TrialSummary]) {
    let first = trials[0]
    id = first.cellID
    activation = first.activationSpec
    dataset = first.dataset
    architecture = first.architectureParameters
    learningRate = first.learningRate
    batchSize = first.batchSize
    epochs = first.epochs
    failed = trials.count { $0.status == .failed }
    skipped = trials.count { $0.status == .skipped }
    stopped = trials.count { $0.status == .stopped }
    // By seed: the order in which trials ended must not reach the last bit of a mean.
    let complete = trials.filter { $0.status == .finished && $0.test != nil }
      .sorted { $0.seed < $1.seed }
    finished = complete.count
    let tests = complete.compactMap(\.test)
    accuracy = SampleStatistics(tests.map(\.accuracy))
    precision = SampleStatistics(tests.map(\.precision))
    recall = SampleStatistics(tests.map(\.recall))
    f1 = SampleStatistics(tests.map(\.f1))
    generalisationGap = SampleStatistics(complete.compactMap(\.generalisationGap))
    seconds = SampleStatistics(complete.map(\.seconds))
  }

  /// Groups trials into cells, in the order in which each cell first comes up. Where one trial comes
  /// up several times, as after a second try, the last one counts.
  public static func cells(of trials: [TrialSummary]) -> [CellSummary] {
    var last: [String: TrialSummary] = [:]
    for trial in trials { last[trial.id] = trial }
    var order: [String] = []
    var members: [String: [TrialSummary]] = [:]
    for trial in trials {
      guard let counted = last.removeValue(forKey: trial.id) else { continue }
      if members[counted.cellID] == nil { order.append(counted.cellID) }
      members[counted.cellID, default: []].append(counted)
    }
    return order.compactMap { members[$0].map(CellSummary.init) }
  }
}
