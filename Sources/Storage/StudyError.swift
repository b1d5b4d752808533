import Glibc
import Support

/// What can be wrong with a study's folder, its journal, or the ranks it is to run on.
public enum StudyError: ReportableError, Hashable {
  /// A file or folder can't be written.
  case cannotWrite(WriteError)
  /// A file can't be read.
  case cannotRead(path: String, reason: String)
  /// The folder holds something that isn't a study.
  case notAStudyFolder(path: String, found: String)
  /// The folder holds another study.
  case otherStudy(path: String, found: String, expected: String)
  /// Another coordinator works on the folder.
  case locked(path: String, owner: LockOwner?)
  /// The lock file was removed while a study ran, or another coordinator took the folder over.
  case lockLost(path: String)
  /// The folder belongs to another user.
  case foreignFolder(path: String, owner: UInt32)
  /// A line of the journal, not the last, isn't what this program writes.
  case damagedJournal(path: String, line: Int, reason: String)
  /// The ranks can't be split into groups of that size.
  case ranksPerTrial(requested: Int, ranks: Int)

  /// The code the process leaves with.
  public var exitCode: ExitCode {
    switch self {
    case .cannotWrite, .foreignFolder: .cannotWrite
    case .cannotRead, .damagedJournal: .badData
    case .locked, .lockLost: .environment
    case .notAStudyFolder, .otherStudy, .ranksPerTrial: .usage
    }
  }

  /// What is wrong, where, and what to do.
  public var description: String {
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
        + "over, which didn't hear from this one; see that nobody else writes here, then run the same "
        + "command again"
    case .foreignFolder(let path, let owner):
      return "\(path): belongs to another user (number \(owner), and this process runs as "
        + "\(geteuid())), who could put anything there; choose another folder with --output-dir, or "
        + "say that it is meant with --allow-foreign-folder"
    case .damagedJournal(let path, let line, let reason):
      return "\(path): line \(line): \(reason); restore the file from a copy, or move the folder "
        + "away and run the study again"
    case .ranksPerTrial(let requested, let ranks):
      return Self.text(ranksPerTrial: requested, ranks: ranks)
    }
  }

  /// Throws where `ranks` ranks can't be split into groups of `size`.
  public static func check(ranksPerTrial size: Int, ranks: Int) throws(StudyError) {
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

/// What `body` gives; a failed write as the study's error.
func writing<Value>(_ body: () throws(WriteError) -> Value) throws(StudyError) -> Value {
  do {
    return try body()
  } catch {
    throw .cannotWrite(error)
  }
}
