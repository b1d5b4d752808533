extension Unicode.Scalar {
  /// Whether it moves or reorders what a terminal shows instead of being shown: control characters
  /// (escapes among them), line and paragraph separators, and the marks that turn the direction of text.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
  }
}

extension String {
  /// The text on one line: whatever would move or reorder what is shown becomes a space. What comes out
  /// of a file or an error must not do anything to the terminal.
  public var onOneLine: String { replacingControls { _ in false } }

  /// The text as it may be printed: like `onOneLine`, but line breaks and tabs stay. Everything that
  /// the commands print goes through here.
  public var printable: String { replacingControls { $0 == "\n" || $0 == "\t" } }

  private func replacingControls(except isKept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { $0.isControl && !isKept($0) }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      result.append(scalar.isControl && !isKept(scalar) ? " " : scalar)
    }
    return String(result)
  }

  /// JSON that says the same in characters that may be printed: what stands in a string of it and would
  /// do something to a terminal is written as its number.
  public var printableJSON: String {
    guard unicodeScalars.contains(where: { $0.isControl && $0 != "\n" }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      guard scalar.isControl, scalar != "\n" else {
        result.append(scalar)
        continue
      }
      result.append(contentsOf: ("\\u" + scalar.value.hexadecimal(digits: 4)).unicodeScalars)
    }
    return String(result)
  }
}
