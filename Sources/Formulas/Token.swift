/// A word of a formula.
struct Token {
  enum Kind: Hashable {
    case number(Double)
    case name(String)
    case symbol(String)
    case end
  }

  let kind: Kind
  let column: Int

  /// The token as an error quotes it.
  var quoted: String {
    switch kind {
    case .number(let value): "the number \(shortText(of: value))"
    case .name(let name): "‘\(name)’"
    case .symbol(let symbol): "‘\(symbol)’"
    case .end: "the end"
    }
  }

  private static let symbols = [
    "<=", ">=", "==", "!=", "**", "&&", "||", "+", "-", "*", "/", "^", "(", ")", ",", "?", ":",
    ";", "=", "<", ">",
  ]

  /// Cuts a text into tokens, the last of which is `end`.
  static func tokens(of text: String) throws(FormulaError) -> [Token] {
    let characters = Array(text)
    var tokens: [Token] = []
    var at = 0
    while at < characters.count {
      let character = characters[at]
      if character.isWhitespace {
        at += 1
        continue
      }
      let start = at
      let kind: Kind
      if character.isDigit || character == "." {
        kind = .number(try number(characters, &at))
      } else if character.isNameStart {
        while at < characters.count, characters[at].isNameStart || characters[at].isDigit {
          at += 1
        }
        kind = .name(String(characters[start..<at]))
      } else if let symbol = symbols.first(where: { characters[at...].starts(with: $0) }) {
        at += symbol.count
        kind = .symbol(symbol)
      } else {
        throw FormulaError(at + 1, "‘\(character)’ means nothing in a formula")
      }
      tokens.append(Token(kind: kind, column: start + 1))
    }
    tokens.append(Token(kind: .end, column: characters.count + 1))
    return tokens
  }

  private static func number(
    _ characters: [Character], _ at: inout Int
  ) throws(FormulaError) -> Double {
    let start = at
    func skipDigits() {
      while at < characters.count, characters[at].isDigit { at += 1 }
    }
    skipDigits()
    if at < characters.count, characters[at] == "." {
      at += 1
      skipDigits()
    }
    if at < characters.count, characters[at] == "e" || characters[at] == "E" {
      let mark = at
      at += 1
      if at < characters.count, characters[at] == "+" || characters[at] == "-" { at += 1 }
      let digits = at
      skipDigits()
      // `2e` is the number 2 before the constant e.
      if at == digits { at = mark }
    }
    let text = String(characters[start..<at])
    guard let value = Double(text), value.isFinite else {
      throw FormulaError(start + 1, "‘\(text)’ is not a number")
    }
    return value
  }
}

extension Character {
  fileprivate var isDigit: Bool { isASCII && isWholeNumber }
  fileprivate var isNameStart: Bool { self == "_" || isASCII && isLetter || isGreek }
  private var isGreek: Bool { ("α"..."ω").contains(self) }
}

/// A number as one writes it: without a fraction if it has none.
func shortText(of value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
}
