extension ConfigNode {
  /// The number that an unquoted scalar spells in decimal, NaN and infinities included.
  var number: Double? {
    guard case .scalar(let text, quoted: false) = content else { return nil }
    switch text.lowercased() {
    case ".nan": return .nan
    case ".inf", "+.inf": return .infinity
    case "-.inf": return -.infinity
    default: break
    }
    guard Self.isDecimal(text), !Self.isOctal(text) else { return nil }
    return Double(text)
  }

  /// The whole number that an unquoted scalar spells in decimal digits.
  func wholeNumber<T: FixedWidthInteger>(as type: T.Type) -> T? {
    guard case .scalar(let text, quoted: false) = content, !Self.isOctal(text) else { return nil }
    return T(text)
  }

  /// What to write instead of a scalar that looks like a number and isn't read as one; nil where that
  /// isn't plain.
  /// - Parameter isWhole: whether a whole number is expected.
  func numberAdvice(isWhole: Bool) -> String? {
    guard case .scalar(let text, let quoted) = content, text.utf8.count <= 40 else { return nil }
    if quoted {
      let isNumber = Self.isDecimal(text) && Double(text) != nil
      return isNumber ? "write it without quotes or !!str" : nil
    }
    if Self.isOctal(text) {
      return
        "with a zero in front it is octal to some readers of YAML and decimal to others; leave "
        + "the zero out"
    }
    if let number {
      if isWhole, let whole = Int(exactly: number), !text.utf8.allSatisfy(Self.isDigit) {
        return String(whole) == text ? nil : "write \(whole)"
      }
      return number == 0 && text.utf8.contains { (49...57).contains($0) }
        ? "it is too small for a number and would be 0" : nil
    }
    let digits = text.drop { "+-".contains($0) }.lowercased()
    if ["0x", "0o", "0b"].contains(where: digits.hasPrefix) { return "write it in decimal" }
    let plain = text.replacing("_", with: "")
    if plain != text, Self.isDecimal(plain), Double(plain) != nil { return "write \(plain)" }
    let pointed = text.replacing(",", with: ".")
    if pointed != text, !isWhole, Self.isDecimal(pointed), Double(pointed) != nil {
      return "write \(pointed)"
    }
    return nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  /// Whether a text has digits, and nothing that numbers in decimal don't have.
  private static func isDecimal(_ text: String) -> Bool {
    text.utf8.contains(where: isDigit)
      && text.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
  }

  /// Whether a text is whole and begins with a zero that isn't all of it: 8 is `010` in YAML 1.1, and
  /// 10 in YAML 1.2.
  private static func isOctal(_ text: String) -> Bool {
    let digits =
      text.utf8.first.map { $0 == 0x2b || $0 == 0x2d } == true ? text.dropFirst() : text[...]
    return digits.utf8.count > 1 && digits.utf8.first == 0x30 && digits.utf8.allSatisfy(isDigit)
  }
}
