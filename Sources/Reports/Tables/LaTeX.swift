import Support

enum LaTeX {
  /// Escapes a text for LaTeX, with a hyphen before a number as a minus sign.
  /// - Parameter room: points at \small in a line: wider words may break after joining punctuation,
  ///   and inside, with a hyphen, only where that isn't enough.
  static func escaped(_ text: String, room: Double = .infinity) -> String {
    let scalars = Array(text.onOneLine.unicodeScalars)
    var result = ""
    for word in words(scalars) {
      let isTooWide = width(word, of: scalars) > room
      for (number, piece) in (isTooWide ? pieces(word, of: scalars) : [word]).enumerated() {
        if number > 0 { result += "\\allowbreak{}" }
        let cuts = width(piece, of: scalars) > room
        var line = 0.0
        for index in piece {
          let letter = width(index..<(index + 1), of: scalars)
          // The hyphen needs room, too.
          if cuts, index > piece.lowerBound, line + letter + 3.1 > room {
            result += "\\-"
            line = 0
          }
          line += letter
          result +=
            isMinus(at: index, of: scalars)
            ? "$-$" : signs[scalars[index]] ?? String(scalars[index])
        }
      }
    }
    return result
  }

  /// Returns the points at \small of a text's longest unbreakable part.
  static func widestPiece(_ text: String) -> Double {
    let scalars = Array(text.onOneLine.unicodeScalars)
    return words(scalars).flatMap { pieces($0, of: scalars) }.map { width($0, of: scalars) }.max()
      ?? 0
  }

  /// Returns an upper estimate of a text's width in points at \small.
  static func width(_ text: String) -> Double {
    let scalars = Array(text.onOneLine.unicodeScalars)
    return width(scalars.indices, of: scalars)
  }

  /// Letters of Computer Modern at 9 pt.
  private static func width(_ range: Range<Int>, of scalars: [Unicode.Scalar]) -> Double {
    range.reduce(0) { sum, index in
      let letter: Double =
        switch scalars[index] {
        case "-": isMinus(at: index, of: scalars) ? 7.8 : 3.1
        case "i", "j", "l", ".", ",", "'", ":", ";", "[", "]", "|", "!", "`": 2.7
        case "f", "t", "r", "s", "(", ")", " ", "I": 3.7
        case "0"..."9", "c", "e", "a", "o", "g", "v", "x", "y", "z", "k", "/", "*", "–": 4.9
        case "m", "w", "±", "×", "−", "%", "+", "=", "<", ">", "&", "#": 7.8
        case "M", "W", "@": 9.5
        case "A"..."Z": 7.2
        default: scalars[index].isASCII ? 5.2 : 9.5
        }
      return sum + 0.96 * letter
    }
  }

  /// Returns the words with the spaces after them, each of which is a word of its own.
  private static func words(_ scalars: [Unicode.Scalar]) -> [Range<Int>] {
    ranges(scalars.indices) { scalars[$0] == " " || scalars[$0 + 1] == " " }
  }

  /// Returns the parts of a word between which a line may break.
  private static func pieces(_ word: Range<Int>, of scalars: [Unicode.Scalar]) -> [Range<Int>] {
    ranges(word) { index in
      let next = scalars[index + 1]
      if "(,=/-_×".unicodeScalars.contains(scalars[index]) {
        // Neither after a number's sign nor in its exponent.
        let isExponent = index > 1 && scalars[index - 1] == "e" && isDigit(scalars[index - 2])
        return index > word.lowerBound && !isMinus(at: index, of: scalars) && !isExponent
      }
      // F1 stays whole.
      return isDigit(next) && index > word.lowerBound
        && scalars[index].properties.isAlphabetic && scalars[index - 1].properties.isAlphabetic
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// Splits a range after each index where `endsAt` holds; the last index isn't tested.
  private static func ranges(_ range: Range<Int>, endsAt: (Int) -> Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    for index in range where index + 1 == range.upperBound || endsAt(index) {
      result.append(start..<(index + 1))
      start = index + 1
    }
    return result
  }

  /// Returns a number, or a mean with its smaller spread.
  static func number(_ text: String, isBest: Bool) -> String {
    let parts = text.split(separator: " ± ", maxSplits: 1).map { power(String($0)) }
    guard let mean = parts.first else { return "" }
    let shown = isBest ? "\\textbf{\(mean)}" : mean
    return parts.count == 1 ? shown : "\(shown) {\\scriptsize $\\pm$ \(parts[1])}"
  }

  /// Returns `1.2e-05` as 1.2 · 10⁻⁵.
  private static func power(_ text: String) -> String {
    let parts = text.split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count == 2, Double(text) != nil, let exponent = Int(parts[1]) else {
      return escaped(text)
    }
    return escaped(String(parts[0])) + "$\\cdot 10^{\(exponent)}$"
  }

  /// Whether a hyphen is before a number, and after nothing that it could join.
  private static func isMinus(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    guard scalars[index] == "-", index + 1 < scalars.count, isDigit(scalars[index + 1]) else {
      return false
    }
    return index == 0 || " ([,=".unicodeScalars.contains(scalars[index - 1])
  }

  private static let signs: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#",
    "_": "\\_", "%": "\\%", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    "<": "\\textless{}", ">": "\\textgreater{}", "±": "$\\pm$", "×": "$\\times$",
    "α": "$\\alpha$", "β": "$\\beta$", "χ": "$\\chi$", "≤": "$\\leq$", "≥": "$\\geq$",
    "→": "$\\rightarrow$", "–": "--", "−": "$-$", "²": "$^2$", "ˣ": "$^x$", "…": "\\ldots{}",
  ]
}
