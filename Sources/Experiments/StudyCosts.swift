import Models
import Support

/// The costs of a study's trials, computed once for `sweep`, `plan`, its scaling, and `watch`.
public struct StudyCosts: Sendable {
  private let costs: [String: TrialCost]
  private let shapes: [DatasetSpec: DatasetShape?]

  /// The costs of the trials whose data are known.
  /// - Parameter shape: returns a data set's shape, or nil if it is unavailable; its trials then
  ///   have no cost. Called once per data set.
  /// - Throws: `ImpossibleTrial` where a network doesn't fit its data; errors of `shape`.
  public init(_ trials: [Trial], shape: (DatasetSpec) throws -> DatasetShape?) throws {
    var shapes: [DatasetSpec: DatasetShape?] = [:]
    var costs: [String: TrialCost] = [:]
    for trial in trials {
      let known = try shapes[trial.dataset] ?? shape(trial.dataset)
      shapes[trial.dataset] = .some(known)
      guard let known else { continue }
      guard let cost = TrialCost(trial, on: known) else {
        throw ImpossibleTrial(trial: trial, shape: known)
      }
      costs[trial.id] = cost
    }
    self.costs = costs
    self.shapes = shapes
  }

  /// The cost of a trial on one of these data sets; nil if the data are unknown.
  /// - Parameter id: the trial's id, if the caller has it.
  public subscript(trial: Trial, id id: String? = nil) -> TrialCost? {
    costs[id ?? trial.id]
      ?? shapes[trial.dataset].flatMap { $0 }.flatMap { TrialCost(trial, on: $0) }
  }

  /// Parameters of the largest network; 0 without trials.
  public var mostParameters: Int { costs.values.map(\.model.parameters).max() ?? 0 }

  /// Floating-point operations of all trials.
  public var flops: Double { costs.values.reduce(0) { $0 + $1.flops } }
}

/// A network that doesn't fit a user's own data set.
public struct ImpossibleTrial: ReportableError {
  private let trial: Trial
  private let shape: DatasetShape

  init(trial: Trial, shape: DatasetShape) {
    self.trial = trial
    self.shape = shape
  }

  /// The trial and the reason.
  public var description: String {
    "\(trial.label): "
      + (trial.architecture.obstacle(for: shape.input)
        ?? "its network has more than \(ModelCost.parameterLimit) parameters") + "."
  }

  /// A mistake in the config.
  public var exitCode: ExitCode { .usage }
}
