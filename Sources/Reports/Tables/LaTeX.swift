import Experiments

/// Texts in LaTeX.
enum LaTeX {
  /// A text that LaTeX sets as it stands.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.onOneLine.unicodeScalars {
      switch scalar {
      case "\\": result += "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "_", "%": result += "\\\(scalar)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "<": result += "\\textless{}"
      case ">": result += "\\textgreater{}"
      case "±": result += "$\\pm$"
      case "×": result += "$\\times$"
      case "α": result += "$\\alpha$"
      case "β": result += "$\\beta$"
      case "≤": result += "$\\leq$"
      case "≥": result += "$\\geq$"
      case "→": result += "$\\rightarrow$"
      case "–": result += "--"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
