import Foundation
import Support

/// A launcher's command line. Unknown flags are for the program.
package struct JobArguments {
  package enum Kind: String, Sendable, CaseIterable {
    case local, run, hosts, slurm

    /// A launcher's own flags, each with a value.
    var flags: Set<String> {
      switch self {
      case .local, .run: []
      case .hosts: ["--hosts", "--hostfile", "--interface", "--ssh-config", "--bind"]
      case .slurm: ["--max-requeues"]
      }
    }
  }

  /// The user asks for help.
  package struct AsksForHelp: Error {
    let repository: String?
  }

  /// Ranks to start; nil for one per core.
  package private(set) var ranks: Int?
  package private(set) var threads = 1
  package private(set) var maxRestarts = 5
  package private(set) var maxRequeues = 3
  package private(set) var writesReport = true
  package private(set) var config: String?
  /// Where results go; nil for the default.
  package private(set) var output: String?
  /// The flags of `srelu sweep`.
  package private(set) var sweepFlags: [String] = []
  /// Another command than a study.
  package private(set) var command: [String] = []
  /// The values of the launcher's own flags.
  package private(set) var own: [String: String] = [:]
  /// The repository, for runs and fetched data; nil for the caller's folder.
  package private(set) var repository: String?
  /// Whether to print mpirun's flags instead of running it: for tests that start ranks as the launchers do.
  package private(set) var printsOptions = false

  private let kind: Kind
  private let caller: CallersFolder

  private static let shared: Set<String> = [
    "--ranks", "--threads", "--max-restarts", "--output-dir", "--data-dir", "--set",
    "--ranks-per-trial", "--log-level", "--retry", "--repository",
  ]

  /// Reads the words.
  /// - Throws: `Refusal`; `AsksForHelp`.
  package init(_ words: [String], kind: Kind, caller: CallersFolder) throws {
    self.kind = kind
    self.caller = caller
    var rest = words[...]
    while let word = rest.popFirst() {
      if ["-h", "--help"].contains(word) {
        throw AsksForHelp(repository: repository)
      }
      let name = word.prefix { $0 != "=" }
      if Self.shared.union(kind.flags).contains(String(name)) {
        let joined = word.count > name.count ? String(word.dropFirst(name.count + 1)) : nil
        guard let value = joined ?? rest.popFirst() else {
          throw Refusal(.usage, "\(name) needs a value; see launch/\(kind.rawValue) --help")
        }
        try take(String(name), value)
      } else if word.hasPrefix("-") {
        take(flag: word)
      } else if try take(word) {
        command = [word] + rest
        return
      }
    }
  }

  private mutating func take(flag word: String) {
    switch word {
    case "--no-report": writesReport = false
    case "--print-options": printsOptions = true
    default: sweepFlags.append(word)
    }
  }

  /// Takes a word that is no flag.
  /// - Returns: whether another command begins with it.
  private mutating func take(_ word: String) throws -> Bool {
    if config == nil, !Paths.isFile(word) {
      // launch/local sweep CONFIG is launch/local CONFIG.
      if word == "sweep" { return false }
      if !word.hasSuffix(".yaml"), !word.hasSuffix(".yml") { return true }
    }
    if let config { throw Refusal(.usage, "one config at a time: got \(config) and \(word)") }
    config = word
    return false
  }

  private mutating func take(_ flag: String, _ value: String) throws {
    switch flag {
    case "--ranks": ranks = try Self.wholeNumber(flag, value, atLeast: 1)
    case "--threads":
      threads = try Self.wholeNumber(flag, value, atLeast: 1)
      sweepFlags += ["--set", "threads-per-rank=\(value)"]
    case "--max-restarts": maxRestarts = try Self.wholeNumber(flag, value, atLeast: 0)
    case "--max-requeues": maxRequeues = try Self.wholeNumber(flag, value, atLeast: 0)
    case "--output-dir":
      let path = try caller.absolute(value)
      output = path
      sweepFlags += [flag, path]
    case "--data-dir": sweepFlags += [flag, try caller.absolute(value)]
    case "--hostfile", "--ssh-config": own[flag] = try caller.absolute(value)
    case "--repository": repository = value
    default:
      if kind.flags.contains(flag) { own[flag] = value } else { sweepFlags += [flag, value] }
    }
  }

  /// - Throws: `Refusal` unless the value is a whole number of at most six digits.
  static func wholeNumber(_ flag: String, _ value: String, atLeast least: Int) throws(Refusal)
    -> Int
  {
    guard value.wholeMatch(of: /0|[1-9][0-9]{0,5}/) != nil, let number = Int(value),
      number >= least
    else {
      throw Refusal(
        .usage, "\(flag) takes a whole number of at least \(least), not '\(value)'")
    }
    return number
  }
}

/// The folder that the user called from: relative paths are seen from there.
package struct CallersFolder: Sendable {
  /// The shell's name for it (`PWD`), if that is right.
  let path: String

  package init(environment: [String: String]) {
    let here = FileManager.default.currentDirectoryPath
    let named = environment["PWD"] ?? ""
    path = named.hasPrefix("/") && (here.isEmpty || Self.isSame(named, ".")) ? named : here
  }

  package init(path: String) { self.path = path }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_ino == second.st_ino
      && first.st_dev == second.st_dev
  }

  /// - Throws: `Refusal` if the folder is gone.
  func check() throws(Refusal) {
    guard Paths.isFolder(path) else {
      throw Refusal(
        .usage,
        "the folder you are in, \(path), is gone or may not be entered: cd to another one")
    }
  }

  /// - Throws: `Refusal` for a relative path if the folder is gone.
  func absolute(_ path: String) throws(Refusal) -> String {
    if path.hasPrefix("/") { return path }
    try check()
    return "\(self.path)/\(path)"
  }
}
