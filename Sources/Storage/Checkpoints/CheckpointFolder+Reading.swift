import Glibc
import Support

extension CheckpointFolder {
  /// The point from which a trial resumes.
  package struct Found {
    /// The newest intact checkpoint; nil if there is none.
    package var contents: CheckpointFile.Contents?
    /// The problems with the others, a line each.
    package var notes: [String] = []
  }

  /// Reads the last checkpoint or, if unusable, the one before.
  ///
  /// A damaged one is removed, so that it can't replace a good one. One that can't be read, or is
  /// another trial's, may be good: it is renamed and kept until the trial has ended.
  package func read(trial: String, layout: CheckpointFile.Layout) -> Found {
    var found = Found()
    for name in [Self.newest, Self.previous] {
      let file = "\(path)/\(name)"
      let bytes: [UInt8]
      do throws(SystemCallError) {
        bytes = try contents(of: file)
      } catch {
        if error.code != ENOENT {
          found.notes.append(setAside(file, "it can't be read: \(error.reason)"))
        }
        continue
      }
      do throws(CheckpointFile.Flaw) {
        found.contents = try CheckpointFile.decode(bytes, trial: trial, layout: layout)
        return found
      } catch {
        switch error {
        case .foreign(let why): found.notes.append(setAside(file, why))
        case .damaged(let why):
          fileSystem.remove(file)
          found.notes.append("\(file) can't be used: \(why); it was removed")
        }
      }
    }
    return found
  }

  /// Network file systems, and processes with too many open files, may succeed later.
  private func contents(of file: String) throws(SystemCallError) -> [UInt8] {
    for _ in 0..<Self.readAttempts - 1 {
      do throws(SystemCallError) {
        return try fileSystem.read(file, atMost: ReadLimit.weights)
      } catch {
        if error.code == ENOENT || Self.isLasting(error) { throw error }
        usleep(Self.microsecondsBetweenReads)
      }
    }
    return try fileSystem.read(file, atMost: ReadLimit.weights)
  }

  /// Whether retrying is pointless: what isn't a file now won't become one.
  private static func isLasting(_ error: SystemCallError) -> Bool {
    [.tooLong, .link].contains(error) || error.isOtherKind
  }

  private static let readAttempts = 4
  private static let microsecondsBetweenReads: UInt32 = 250_000

  private func setAside(_ file: String, _ why: String) -> String {
    let kept = file + Self.unusedSuffix
    do {
      try fileSystem.rename(file, to: kept)
    } catch {
      return "\(file) can't be used: \(why); it stays where it is"
    }
    return "\(file) can't be used: \(why); it is kept as \(kept)"
  }
}
