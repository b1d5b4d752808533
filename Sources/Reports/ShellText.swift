/// Text in commands that a reader may copy into a shell.
package enum ShellText {
  /// Returns a path as one word that no program takes for an option.
  package static func path(_ path: String) -> String {
    quoted(path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path)
  }

  /// A text as one word of a shell: as it stands where nothing in it means anything to one.
  package static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || "/._-+,:=@%".utf8.contains(byte)
    }
    if isPlain, !text.isEmpty { return text }
    // By scalars: to a shell, a quote followed by a combining mark is a quote.
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(contentsOf: (scalar == "'" ? "'\\''" : String(scalar)).unicodeScalars)
    }
    return "'\(String(result))'"
  }
}
