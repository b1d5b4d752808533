import Glibc

/// The largest size in bytes read from a file of each kind: more than any real one.
package enum ReadLimit {
  /// Configs, results, tables of one trial.
  package static let text = 64 << 20
  package static let journal = 4 << 30
  /// Models and checkpoints: at most half of the machine's memory.
  package static var weights: Int {
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(64 << 30, max(1 << 30, memory / 2))
  }
}
