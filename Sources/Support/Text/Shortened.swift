extension String {
  /// The beginning of the text, for messages: text from a file may have any length. Cut by Unicode
  /// scalars, because a single character may be as long as the file.
  package var shortened: String {
    utf8.count > 60 ? String(String.UnicodeScalarView(unicodeScalars.prefix(60))) + "…" : self
  }
}
