import Checks
import Glibc

/// What launch/torture was asked for.
struct Options {
  var rounds: Int
  var seed: UInt64 = 1
  var faults = Fault.allCases
  /// Where launch/ lies.
  var repository = "."

  init(_ arguments: [String]) {
    var rest = arguments[...]
    var rounds: Int?
    while let flag = rest.popFirst() {
      guard ["--rounds", "--seed", "--fault", "--repository"].contains(flag) else {
        refuse(.usage, "unknown flag \(flag); see launch/torture --help")
      }
      guard let value = rest.popFirst() else {
        refuse(.usage, "\(flag) needs a value; see launch/torture --help")
      }
      switch flag {
      case "--rounds": rounds = Self.number(flag, value, 1...999_999)
      case "--seed": seed = UInt64(Self.number(flag, value, 0...999_999_999))
      case "--fault":
        guard let fault = Fault(rawValue: value) else {
          refuse(.usage, "no fault \(value); there are \(Self.names)")
        }
        faults = [fault]
      default: repository = value
      }
    }
    self.rounds = rounds ?? Fault.allCases.count
  }

  private static let names = Fault.allCases.map(\.rawValue).joined(separator: " ")

  private static func number(_ flag: String, _ text: String, _ range: ClosedRange<Int>) -> Int {
    guard let number = Int(text), range.contains(number) else {
      refuse(
        .usage, "\(flag) takes a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
