import Glibc

/// The most bytes that files of each kind are read with: more than any of them has.
package enum ReadLimit {
  /// Configs, results, tables of one trial.
  package static let text = 64 << 20
  /// Journals.
  package static let journal = 4 << 30
  /// Models and checkpoints: at most half of what the machine can hold.
  package static var weights: Int {
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(64 << 30, max(1 << 30, memory / 2))
  }
}
