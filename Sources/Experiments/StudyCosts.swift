import Models

/// The costs of a study's trials, computed once for `sweep`, `plan`, its scaling, and `watch`.
public struct StudyCosts: Sendable {
  private let costs: [String: TrialCost]
  private let shapes: [DatasetSpec: DatasetShape?]

  /// The costs of the trials whose data are known.
  /// - Parameter shape: returns a data set's shape, or nil if it is unavailable; its trials then
  ///   have no cost. Called once per data set.
  /// - Throws: `TrialShapeError` where a network doesn't fit its data; errors of `shape`.
  package init(_ trials: [Trial], shape: (DatasetSpec) throws -> DatasetShape?) throws {
    var shapes: [DatasetSpec: DatasetShape?] = [:]
    var costs: [String: TrialCost] = [:]
    for trial in trials {
      let known = try shapes[trial.dataset] ?? shape(trial.dataset)
      shapes[trial.dataset] = .some(known)
      guard let known else { continue }
      guard let cost = TrialCost(trial, on: known) else {
        throw TrialShapeError(
          description: "\(trial.label): "
            + (trial.architecture.obstacle(for: known.input)
              ?? "its network has more than \(ModelCost.parameterLimit) parameters") + ".")
      }
      costs[trial.id] = cost
    }
    self.costs = costs
    self.shapes = shapes
  }

  /// The cost of a trial on one of these data sets; nil if the data are unknown.
  /// - Parameter id: the trial's id, if the caller has it.
  package subscript(trial: Trial, id id: String? = nil) -> TrialCost? {
    costs[id ?? trial.id]
      ?? shapes[trial.dataset].flatMap { $0 }.flatMap { TrialCost(trial, on: $0) }
  }

  /// Parameters of the largest network; 0 without trials.
  package var mostParameters: Int { costs.values.map(\.model.parameters).max() ?? 0 }

  /// Floating-point operations of all trials.
  package var flops: Double { costs.values.reduce(0) { $0 + $1.flops } }
}
