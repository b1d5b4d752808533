extension String {
  /// The beginning of the text, for messages: what comes from a file may be of any length. It is cut by
  /// Unicode scalars, because a single character may be as long as the file.
  package var shortened: String {
    utf8.count > 60 ? String(String.UnicodeScalarView(unicodeScalars.prefix(60))) + "…" : self
  }
}
