import Checks
import Glibc

/// What launch/bench was asked for.
struct Options {
  private(set) var rounds = 3
  private(set) var steps = 60
  private(set) var hasPeers = true
  private(set) var isPaper = false
  private(set) var json: String?
  /// Where launch/ lies.
  private(set) var repository = "."
  private(set) var cores = "?"
  /// mpirun and its options, for two ranks.
  private(set) var launcher: [String] = []

  init(_ arguments: [String]) {
    var rest = arguments[...]
    loop: while let flag = rest.popFirst() {
      switch flag {
      case "--no-install": break
      case "--no-peers": hasPeers = false
      case "--paper": isPaper = true
      case "--rounds", "--steps", "--json", "--repository", "--cores":
        guard let value = rest.popFirst() else {
          refuse(.usage, "\(flag) needs a value; see launch/bench --help")
        }
        take(flag, value)
      case "--":
        launcher = Array(rest)
        break loop
      default: refuse(.usage, "unknown argument \(flag); see launch/bench --help")
      }
    }
  }

  private mutating func take(_ flag: String, _ value: String) {
    switch flag {
    case "--rounds": rounds = Self.number(value)
    case "--steps": steps = Self.number(value)
    case "--json": json = value
    case "--cores": cores = value
    default: repository = value
    }
  }

  private static func number(_ text: String) -> Int {
    guard let number = Int(text), (1...999_999).contains(number) else {
      refuse(
        .usage, "--rounds and --steps take whole numbers of at least 1, not '\(text)'")
    }
    return number
  }
}
