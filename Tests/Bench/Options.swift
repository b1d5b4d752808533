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
      case "-h", "--help":
        say(Self.usage)
        exit(0)
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

  private static let usage = """
    usage: launch/bench [--no-install] [--rounds N] [--steps N] [--no-peers] [--paper] [--json FILE]

    Builds, then times one training step (batch 128, one core) of the paper's networks in this program
    and, where python3 has torch or tensorflow, in PyTorch (plain and compiled) and Keras (plain and
    XLA). All take turns, N rounds of them (default 3); a figure is the median of the rounds' medians.
    Then one trial on 2 ranks beside PyTorch's DistributedDataParallel.

      --no-install   install nothing: say what is missing and exit with 69
      --rounds N     rounds of turns (default 3)
      --steps N      measured steps per turn (default 60)
      --no-peers     this program alone
      --paper        also train configs/paper.yaml on 2 ranks from nothing, and say how long it took
      --json FILE    write every figure as a line of JSON
      -h, --help     show this

    SRELU_PYTHON names another python3.
    """
}
