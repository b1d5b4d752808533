/// Texts in CSV files that a spreadsheet would take for something else: for a formula, or a name for a
/// number. An apostrophe in front makes them text, for spreadsheets and for pandas; reading takes it away
/// again.
enum SpreadsheetText {
  private static let mark: Unicode.Scalar = "'"
  /// What a formula may begin with; the wide forms too, which some take for the same.
  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  /// A text as a field: with a mark where it would be a formula. A number stays a number, but for a
  /// name, such as the id 12345e6789012345.
  static func marked(_ text: String, isName: Bool = false) -> String {
    let core = text.unicodeScalars.drop { $0 == mark }
    let hasMarks = core.startIndex != text.unicodeScalars.startIndex
    return isFormula(core) || ((hasMarks || isName) && isNumber(core)) ? "'" + text : text
  }

  /// The text that a field stands for. An apostrophe that isn't a mark is part of it.
  static func unmarked(_ field: String) -> String {
    guard field.unicodeScalars.first == mark else { return field }
    let core = field.unicodeScalars.drop { $0 == mark }
    return isFormula(core) || isNumber(core) ? String(field.unicodeScalars.dropFirst()) : field
  }

  private static func isFormula(_ text: Substring.UnicodeScalarView) -> Bool {
    guard let first = text.first, formulaStarts.contains(first) else { return false }
    return !isNumber(text)
  }

  /// Whether it is a decimal number as everybody writes it, or one that isn't finite as this program
  /// writes it.
  private static func isNumber(_ text: Substring.UnicodeScalarView) -> Bool {
    var rest = text
    func digits() -> Int {
      let count = rest.prefix { ("0"..."9").contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if let sign = rest.first, sign == "-" || sign == "+" {
      rest = rest.dropFirst()
      if ["inf", "nan"].contains(String(rest)) { return true }
    }
    var count = digits()
    if rest.first == "." {
      rest = rest.dropFirst()
      count += digits()
    }
    guard count > 0 else { return false }
    if let exponent = rest.first, exponent == "e" || exponent == "E" {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == "-" || sign == "+" { rest = rest.dropFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
