import Support

/// A figure: gnuplot's commands, and a description in words.
package struct Figure: Sendable {
  /// Name in files: lower-case letters, digits and `-`.
  package var id: String
  package var title: String
  /// The figure in words.
  package var caption: String
  /// Width and height in points.
  var size: (width: Int, height: Int)
  /// gnuplot's commands, without terminal and output.
  package var commands: String

  /// The gnuplot script of the figure. File names are fixed: gnuplot treats a name that begins with
  /// `|` as a command, so user text must never be in one.
  var script: String {
    let inches = (Double(size.width) / 72, Double(size.height) / 72)
    return """
      set encoding utf8
      set terminal svg size \(size.width),\(size.height) noenhanced font 'DejaVu Sans,12' \
      background '#ffffff' dashlength 0.6
      set output '\(Gnuplot.fileNames.svg)'
      \(commands)
      unset output
      reset
      set terminal pdfcairo size \(inches.0)in,\(inches.1)in noenhanced font 'DejaVu Sans,9' \
      dashlength 0.6
      set output '\(Gnuplot.fileNames.pdf)'
      \(commands)
      unset output

      """
  }
}

/// Formats gnuplot's input; `Gnuplot+Run.swift` runs gnuplot.
package enum Gnuplot {
  /// Returns a text on one line as a single-quoted gnuplot string, in which nothing is substituted.
  static func quoted(_ text: String, limit: Int = .max) -> String {
    let line = text.onOneLine.truncated(to: limit)
    // gnuplot reads a doubled quote at the very beginning as an empty string.
    let start = line.unicodeScalars.first == "'" ? "' " : "'"
    return start + doubled("'", in: line) + "'"
  }

  /// Returns a label for a curve, an axis or a block.
  static func label(_ text: String) -> String { quoted(text, limit: 60) }

  /// Returns a tick's label, which gnuplot reads as a number format.
  static func tick(_ text: String) -> String { doubled("%", in: label(text)) }

  /// By scalars: Swift, unlike gnuplot, joins a quote and a combining mark into one character.
  private static func doubled(_ sign: Unicode.Scalar, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(scalar)
      if scalar == sign { result.append(scalar) }
    }
    return String(result)
  }

  /// Returns rows of numbers as a named data block; nil is a gap.
  static func block(_ name: String, _ rows: [[Double?]]) -> String {
    let lines = rows.map { row in
      row.map { $0.map(number) ?? "NaN" }.joined(separator: " ")
    }
    return "$\(name) << END_OF_DATA\n" + lines.map { $0 + "\n" }.joined() + "END_OF_DATA"
  }

  static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "NaN" }
}
