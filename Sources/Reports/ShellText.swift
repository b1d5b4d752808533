import Support

/// Text in commands that a reader may copy into a shell.
package enum ShellText {
  /// Returns a path as one word that no program takes for an option.
  package static func path(_ path: String) -> String {
    quoted(path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path)
  }

  private static let plain = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:=@%".unicodeScalars)

  /// A text as one word of a shell: as it stands where nothing in it means anything to one.
  package static func quoted(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy(plain.contains), !text.isEmpty { return text }
    return "'\(text.replacingScalars { $0 == "'" ? "'\\''" : nil })'"
  }
}
