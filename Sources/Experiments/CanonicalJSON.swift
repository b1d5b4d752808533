import Crypto
import Foundation
import Support

/// JSON with one spelling per value: sorted keys, no spaces, the shortest digits that give the same
/// number again, and no fraction for whole numbers. Hashes of it don't depend on how a config was
/// written down.
enum CanonicalJSON {
  case string(String)
  case integer(UInt64)
  case number(Double)
  case flag(Bool)
  case array([CanonicalJSON])
  case object([String: CanonicalJSON])

  /// The one text of this value.
  var text: String {
    switch self {
    case .string(let value): return Self.quoted(value)
    case .integer(let value): return String(value)
    case .number(let value): return canonicalText(of: value)
    case .flag(let value): return String(value)
    case .array(let values): return "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      return "{" + sorted.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",")
        + "}"
    }
  }

  /// The SHA-256 of the text, in 64 hexadecimal digits.
  var digest: String {
    SHA256.hash(data: Data(text.utf8)).hexadecimal
  }

  static func integers(_ values: [Int]) -> CanonicalJSON {
    .array(values.map { .integer(UInt64($0)) })
  }

  /// `value` in double quotes, escaped as JSON asks, and what YAML wants escaped too: the result is
  /// valid in both.
  static func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _
      where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        || [0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff].contains(scalar.value):
        result += "\\u" + scalar.value.hexadecimal(digits: 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The shortest decimal text that gives `value` again, without a fraction for whole numbers: `1`,
/// `0.25`, `1e-05`. One text per value, so that it can be hashed.
package func canonicalText(of value: Double) -> String {
  if value == 0 { return "0" }
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
