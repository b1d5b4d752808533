extension FixedWidthInteger where Self: UnsignedInteger {
  /// All hexadecimal digits of the number, leading zeros included.
  package var hexadecimal: String { hexadecimal(digits: Self.bitWidth / 4) }

  /// Returns the number in base 16, padded with zeros to the given number of digits.
  package func hexadecimal(digits: Int) -> String {
    let text = String(self, radix: 16)
    return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
  }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte.
  package var hexadecimal: String { map(\.hexadecimal).joined() }
}
