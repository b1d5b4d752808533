import Experiments

/// Texts in LaTeX.
enum LaTeX {
  /// A text that LaTeX sets as it stands, a hyphen in front of a number as a minus.
  /// - Parameter longestWord: so many letters may stand without a place to break the line.
  static func escaped(_ text: String, longestWord: Int = .max) -> String {
    let scalars = Array(text.onOneLine.unicodeScalars)
    var result = ""
    var letters = 0
    for (index, scalar) in scalars.enumerated() {
      letters = scalar == " " ? 0 : letters + 1
      // Behind a sign that joins words, or where a word alone is too long.
      let joins = index > 0 && "(,=/".unicodeScalars.contains(scalars[index - 1]) && scalar != " "
      if letters > longestWord || joins && longestWord < .max {
        result += "\\allowbreak{}"
        letters = 1
      }
      let isMinus = scalar == "-" && isMinus(at: index, of: scalars)
      result += isMinus ? "$-$" : signs[scalar] ?? String(scalar)
    }
    return result
  }

  /// A number, or a mean with its spread, which is set smaller.
  static func number(_ text: String, isBest: Bool) -> String {
    let parts = text.split(separator: " ± ", maxSplits: 1).map { power(String($0)) }
    guard let mean = parts.first else { return "" }
    let shown = isBest ? "\\textbf{\(mean)}" : mean
    return parts.count == 1 ? shown : "\(shown) {\\scriptsize $\\pm$ \(parts[1])}"
  }

  /// `1.2e-05` as 1.2 · 10⁻⁵.
  private static func power(_ text: String) -> String {
    let parts = text.split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count == 2, Double(text) != nil, let exponent = Int(parts[1]) else {
      return escaped(text)
    }
    return escaped(String(parts[0])) + "$\\cdot 10^{\(exponent)}$"
  }

  /// Whether a hyphen stands in front of a number, and behind nothing that it could join.
  private static func isMinus(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    guard index + 1 < scalars.count, ("0"..."9").contains(scalars[index + 1]) else { return false }
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
