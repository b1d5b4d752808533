extension Unicode.Scalar {
  /// Whether it moves or reorders a terminal's text instead of being shown: control characters
  /// (including escapes), line and paragraph separators, and bidirectional marks.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
  }
}

extension String {
  /// The text on one line, with a space for each scalar that moves or reorders text: text from a
  /// file or an error must not affect the terminal.
  package var onOneLine: String { replacingControls { _ in false } }

  /// The text as all commands print it: like `onOneLine`, but line breaks and tabs stay.
  package var printable: String { replacingControls { $0 == "\n" || $0 == "\t" } }

  private func replacingControls(except isKept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { $0.isControl && !isKept($0) }) else { return self }
    return replacingScalars { $0.isControl && !isKept($0) ? " " : nil }
  }

  /// Equivalent JSON in which scalars that would affect a terminal are numeric escapes.
  package var printableJSON: String {
    guard unicodeScalars.contains(where: { $0.isControl && $0 != "\n" }) else { return self }
    return replacingScalars {
      $0.isControl && $0 != "\n" ? "\\u" + $0.value.hexadecimal(digits: 4) : nil
    }
  }

  /// Returns the text with each scalar replaced for which `replacement` returns a text. Scalar by scalar,
  /// because Swift, unlike other programs, joins a quote and a combining mark into one character.
  package func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if let text = replacement(scalar) {
        result.append(contentsOf: text.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
