import Experiments
import Models

/// The numerics of a run among the versions in its journal.
package enum RunNumerics {
  package static let key = "numerics"
}

extension JournalState {
  /// The numerics of what was trained so far, where they aren't this version's.
  package var otherNumerics: Int? {
    let trained = endings.values.filter { $0.status == .finished }.map(\.numerics)
    // Also of trials that haven't finished, whose checkpoints would go on.
    let last = environment.isEmpty ? [] : [environment[RunNumerics.key].flatMap { Int($0) } ?? 1]
    return (trained + (epochs.isEmpty ? [] : last)).first { $0 != Numerics.current }
  }
}
