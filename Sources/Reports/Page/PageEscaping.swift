import Mustache
import Support

/// Escapes text for HTML scalar by scalar. The library escapes by characters, and so misses a quote
/// or an angle bracket followed by a combining mark, which a browser does not.
struct PageEscaping: MustacheContentType {
  static let name = "SCALARS"

  /// Registers the escaping with the template library, once.
  static let registered: Void = MustacheContentTypes.register(PageEscaping(), named: name)

  func escapeText(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "<": "&lt;"
      case ">": "&gt;"
      case "&": "&amp;"
      case "\"": "&quot;"
      case "'": "&#39;"
      // Line separators stay too.
      case "\n", "\t", "\u{2028}", "\u{2029}": nil
      // Controls have no meaning in a page, and bidirectional marks may mislead.
      default: scalar.isControl ? "\u{FFFD}" : nil
      }
    }
  }
}
