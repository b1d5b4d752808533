/// A terminal with the display's repertoire: text, line breaks, carriage returns, cursor up and
/// home, erase to the end of line and of screen. Anything else goes into `unknown`.
struct ScreenEmulator {
  private(set) var columns: Int
  let rows: Int
  /// Lines that scrolled off the top.
  private(set) var history: [String] = []
  private(set) var unknown: [String] = []
  /// The widest line before wrapping, in columns.
  private(set) var widest = 0
  private var grid: [[Character]]
  private var row = 0
  private var column = 0

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    grid = Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  /// The screen's lines without trailing blanks and trailing empty lines.
  var lines: [String] {
    var lines = grid.map { trimmed(String($0)) }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Changes the width: longer lines wrap, as in most terminals; the cursor stays with its line.
  mutating func resize(columns width: Int) {
    let last = max(row, lines.count - 1)
    var rewrapped: [[Character]] = []
    var cursorRow = 0
    for index in 0...last {
      var rest = Array(trimmed(String(grid[index])))[...]
      repeat {
        let piece = Array(rest.prefix(width))
        rest = rest.dropFirst(width)
        rewrapped.append(piece + Array(repeating: " ", count: width - piece.count))
      } while !rest.isEmpty
      if index == row { cursorRow = rewrapped.count - 1 }
    }
    while rewrapped.count > rows {
      history.append(trimmed(String(rewrapped.removeFirst())))
      cursorRow -= 1
    }
    let blank = Array(repeating: Character(" "), count: width)
    grid = rewrapped + Array(repeating: blank, count: rows - rewrapped.count)
    columns = width
    row = max(0, cursorRow)
    column = min(column, width)
    widest = 0
  }

  mutating func write(_ text: String) {
    // A carriage return and a line feed are one Character; scalars keep them apart.
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\n": lineFeed()
      case "\r": column = 0
      case "\u{1B}": escape(&scalars)
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        unknown.append("control \(scalar.value)")
      default: put(Character(scalar))
      }
    }
  }

  private mutating func escape(_ scalars: inout ArraySlice<Unicode.Scalar>) {
    var sequence = ""
    while let scalar = scalars.popFirst() {
      sequence.unicodeScalars.append(scalar)
      if scalar.properties.isAlphabetic { break }
    }
    switch (sequence.first, sequence.last, Int(sequence.dropFirst().dropLast())) {
    case ("[", "A", let count): row = max(0, row - (count ?? 1))
    case ("[", "H", nil): (row, column) = (0, 0)
    case ("[", "K", nil): erase(row, from: column)
    case ("[", "J", nil):
      erase(row, from: column)
      for below in (row + 1)..<max(rows, row + 1) { erase(below, from: 0) }
    default: unknown.append("escape \(sequence)")
    }
  }

  private mutating func put(_ character: Character) {
    if column == columns {
      column = 0
      lineFeed(returning: false)
    }
    grid[row][column] = character
    column += 1
    widest = max(widest, column)
  }

  /// As in a terminal driver, a line feed also returns the carriage.
  private mutating func lineFeed(returning: Bool = true) {
    if returning { column = 0 }
    row += 1
    if row == rows {
      history.append(trimmed(String(grid.removeFirst())))
      grid.append(Array(repeating: " ", count: columns))
      row -= 1
    }
  }

  private mutating func erase(_ row: Int, from column: Int) {
    for index in min(column, columns)..<columns { grid[row][index] = " " }
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
