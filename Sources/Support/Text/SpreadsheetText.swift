/// Text in CSV files that a spreadsheet would misread: as a formula, or a name as a number. A
/// leading apostrophe makes it text, for spreadsheets and for pandas; reading removes it.
enum SpreadsheetText {
  private static let mark: Unicode.Scalar = "'"
  /// The starts of formulas; including the wide forms, which some spreadsheets accept.
  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  /// Returns a text as a field, with an apostrophe where it would be a formula. Numbers stay as
  /// they are, unless they are names, such as the id 12345e6789012345.
  static func marked(_ text: String, isName: Bool = false) -> String {
    let core = text.unicodeScalars.drop { $0 == mark }
    let hasMarks = core.startIndex != text.unicodeScalars.startIndex
    return isFormula(core) || ((hasMarks || isName) && isNumber(core)) ? "'" + text : text
  }

  /// Returns the text of a field. An apostrophe that isn't a mark is part of it.
  static func unmarked(_ field: String) -> String {
    guard field.unicodeScalars.first == mark else { return field }
    let core = field.unicodeScalars.drop { $0 == mark }
    return isFormula(core) || isNumber(core) ? String(field.unicodeScalars.dropFirst()) : field
  }

  private static func isFormula(_ text: Substring.UnicodeScalarView) -> Bool {
    guard let first = text.first, formulaStarts.contains(first) else { return false }
    return !isNumber(text)
  }

  /// Whether it is a plain decimal number, or a non-finite one as this program writes it.
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
