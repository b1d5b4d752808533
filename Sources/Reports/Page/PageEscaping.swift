import Mustache

/// Escapes text for HTML scalar by scalar. The library escapes by characters, and so misses a quote
/// or an angle bracket followed by a combining mark, which a browser does not.
struct PageEscaping: MustacheContentType {
  static let name = "SCALARS"

  /// Registers the escaping with the template library, once.
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
        // Controls have no meaning in a page, and bidirectional marks may mislead.
        let isHidden =
          scalar.properties.generalCategory == .control
          || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        result.append(isHidden ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }
}
