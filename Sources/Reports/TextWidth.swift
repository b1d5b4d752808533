extension Character {
  /// A grapheme's width in a terminal: 2 for East Asian wide ones and emoji, 0 for what draws
  /// nothing on its own, else 1.
  var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    let properties = first.properties
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    let asksForEmoji = unicodeScalars.contains { $0.value == 0xFE0F }
    if properties.isEmojiPresentation || asksForEmoji { return 2 }
    return Self.wideRanges.contains { $0.contains(first.value) } ? 2 : 1
  }

  /// The blocks that are wide or fullwidth by Unicode's East Asian Width.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
    0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
  ]
}

extension String {
  /// The text with its first letter in upper case.
  var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }

  /// A text's width in a terminal; it must have no control characters.
  var columns: Int { reduce(0) { $0 + $1.columns } }

  /// Pads the text to `width` columns, at its end or its start.
  func padded(to width: Int, atEnd: Bool = true) -> String {
    let spaces = String(repeating: " ", count: max(0, width - columns))
    return atEnd ? self + spaces : spaces + self
  }

  /// Returns the text if it fits `width` columns, else its start and an ellipsis.
  func truncated(to width: Int) -> String {
    guard columns > width else { return self }
    guard width > 0 else { return "" }
    var kept = ""
    var used = 1
    for character in self {
      used += character.columns
      if used > width { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
