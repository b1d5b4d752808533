package struct TerminalSize: Hashable, Sendable {
  package let columns: Int
  package let rows: Int

  /// A terminal of this size, at least 1 × 1.
  package init(columns: Int, rows: Int) {
    // Larger sizes are no real terminal's, and would be padded with spaces.
    self.columns = min(max(1, columns), 10_000)
    self.rows = min(max(1, rows), 10_000)
  }

  /// The size passed by the launcher, since the program itself writes into mpirun's pipe:
  /// `COLUMNSxROWS`, or the columns alone. nil for anything else: there is no terminal.
  package init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(parts.count), let columns = parts[0], columns > 0 else { return nil }
    if parts.count == 1 {
      self.init(columns: columns, rows: 24)
      return
    }
    guard let rows = parts[1], rows > 0 else { return nil }
    self.init(columns: columns, rows: rows)
  }
}
