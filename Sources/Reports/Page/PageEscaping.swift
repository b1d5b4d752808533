import Mustache

/// Escapes texts for HTML scalar by scalar. The library's own escaping goes by characters, and takes a
/// quote or an angle bracket with a combining mark behind it for another character, which a browser
/// doesn't.
struct PageEscaping: MustacheContentType {
  static let name = "SCALARS"

  /// Makes it known to templates; once.
  static let registered: Void = MustacheContentTypes.register(PageEscaping(), named: name)

  func escapeText(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      default:
        // Controls mean nothing in a page, and signs that turn the direction of writing may mislead.
        let isHidden =
          scalar.properties.generalCategory == .control
          || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        result.append(isHidden ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }
}
