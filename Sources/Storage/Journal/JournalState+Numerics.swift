import Experiments
import Models

extension JournalState {
  /// The numerics of what was trained so far, where they aren't this version's.
  package var otherNumerics: Int? {
    let trained = endings.values.filter { $0.status == .finished }.map(\.numerics)
    // Also of trials that haven't finished, whose checkpoints would go on.
    let named = environment[Numerics.key].flatMap { Int($0) }
    let last = environment.isEmpty ? [] : [named ?? Numerics.unnamed]
    return (trained + (epochs.isEmpty ? [] : last)).first { $0 != Numerics.current }
  }
}
