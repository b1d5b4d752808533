import Glibc
import Models
import Support

/// An error in a study's folder, its journal, or its number of ranks.
package enum StudyError: ReportableError, Hashable {
  case cannotWrite(WriteError)
  case cannotRead(path: String, reason: String)
  case notAStudyFolder(path: String, found: String)
  case otherStudy(path: String, found: String, expected: String)
  case locked(path: String, owner: LockOwner?)
  /// The lock file was removed during a run, or another coordinator took the folder over.
  case lockLost(path: String)
  case foreignFolder(path: String, owner: UInt32)
  /// A line of the journal before the last was not written by this program.
  case damagedJournal(path: String, line: Int, reason: String)
  case ranksPerTrial(requested: Int, ranks: Int)
  /// The folder's results have other bits than this version would give.
  case otherNumerics(path: String, found: Int)

  package var exitCode: ExitCode {
    switch self {
    case .cannotWrite, .foreignFolder: .cannotWrite
    case .cannotRead, .damagedJournal: .badData
    case .locked, .lockLost: .environment
    case .notAStudyFolder, .otherStudy, .ranksPerTrial, .otherNumerics: .usage
    }
  }

  package var description: String {
    switch self {
    case .cannotWrite(let error): return error.description
    case .cannotRead(let path, let reason):
      return "\(path): can't be read: \(reason)"
    case .notAStudyFolder(let path, let found):
      return "\(path): expected an empty folder or one of an earlier run, found \(found) and no "
        + "study.yaml; choose another folder with --output-dir"
    case .otherStudy(let path, let found, let expected):
      return "\(path): holds the study \(found), not \(expected); choose another folder with "
        + "--output-dir, or give the config the name \(found)"
    case .locked(let path, let owner):
      let who = owner.map { "\($0.text)," } ?? "another process"
      return "\(path): \(who) is running a study in this folder; wait for it, end it, or choose "
        + "another folder with --output-dir"
    case .lockLost(let path):
      return
        "\(path): the lock file was removed while the study ran, or another process took the folder "
        + "over, which didn't hear from this one; make sure that nobody else writes here, then run the same "
        + "command again"
    case .foreignFolder(let path, let owner):
      return "\(path): belongs to another user (number \(owner), and this process runs as "
        + "\(geteuid())), who could put anything there; choose another folder with --output-dir, or "
        + "say that it is meant with --allow-foreign-folder"
    case .damagedJournal(let path, let line, let reason):
      return "\(path): line \(line): \(reason); restore the file from a copy, or move the folder "
        + "away and run the study again"
    case .otherNumerics(let path, let found):
      return "\(path): its trials were trained with numerics \(found), and this version's are "
        + "\(Numerics.current), which give other bits: choose another folder with --output-dir, or go on "
        + "with the version that began it"
    case .ranksPerTrial(let requested, let ranks):
      return Self.text(ranksPerTrial: requested, ranks: ranks)
    }
  }

  /// Throws if `ranks` ranks can't be split into groups of `size`.
  package static func check(ranksPerTrial size: Int, ranks: Int) throws(StudyError) {
    guard size > 0, ranks % size == 0 else {
      throw .ranksPerTrial(requested: size, ranks: ranks)
    }
  }

  private static func text(ranksPerTrial requested: Int, ranks: Int) -> String {
    let fitting = (1...max(ranks, 1)).filter { ranks % $0 == 0 }.map(String.init)
    let choice = "choose \(fitting.joined(separator: ", "))"
    guard requested > 0 else { return "ranks-per-trial \(requested): at least 1; \(choice)" }
    guard requested <= ranks else {
      return "ranks-per-trial \(requested): only \(ranks) \(ranks == 1 ? "rank is" : "ranks are") "
        + "running; \(choice), or start more ranks"
    }
    return "ranks-per-trial \(requested): \(ranks) ranks can't be split into groups of "
      + "\(requested); \(choice), or start a multiple of \(requested)"
  }
}

/// Runs `body` and rethrows its write error as a `StudyError`.
func writing<Value>(_ body: () throws(WriteError) -> Value) throws(StudyError) -> Value {
  do {
    return try body()
  } catch {
    throw .cannotWrite(error)
  }
}
