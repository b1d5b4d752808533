extension FixedWidthInteger where Self: UnsignedInteger {
  /// All digits of the number in base 16, leading zeros included: two for each byte.
  package var hexadecimal: String { hexadecimal(digits: Self.bitWidth / 4) }

  /// The number in base 16, with zeros in front up to so many digits.
  package func hexadecimal(digits: Int) -> String {
    let text = String(self, radix: 16)
    return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
  }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte.
  package var hexadecimal: String { map(\.hexadecimal).joined() }
}
