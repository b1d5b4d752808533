import Experiments
import Support

/// A figure: what gnuplot draws, and what it shows in words.
public struct Figure: Sendable {
  /// Names it in files: lower-case letters, digits and `-`.
  public var id: String
  /// Its title.
  public var title: String
  /// What it shows.
  public var caption: String
  /// Width and height in points.
  var size: (width: Int, height: Int)
  /// gnuplot's commands, without terminal and output.
  package var commands: String

  init(
    id: String, title: String, caption: String, size: (width: Int, height: Int) = (640, 400),
    commands: String
  ) {
    self.id = id
    self.title = title
    self.caption = caption
    self.size = size
    self.commands = commands
  }

  /// The program that draws the figure. The files' names are fixed: gnuplot takes a name that begins
  /// with `|` for a command, so nothing that a user named is ever in one.
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

/// Writes what gnuplot reads. `Gnuplot.draw` and its like are in `Gnuplot+Run.swift`.
public enum Gnuplot {
  /// A text as gnuplot's single-quoted string, in which nothing is substituted, on one line.
  static func quoted(_ text: String, limit: Int = .max) -> String {
    let line = text.onOneLine.truncated(to: limit)
    // gnuplot takes a doubled quote at the very beginning for an empty string.
    let start = line.unicodeScalars.first == "'" ? "' " : "'"
    return start + doubled("'", in: line) + "'"
  }

  /// A label of a curve, an axis or a block.
  static func label(_ text: String) -> String { quoted(text, limit: 60) }

  /// A label of a tick, which gnuplot takes for a number's format.
  static func tick(_ text: String) -> String { doubled("%", in: label(text)) }

  /// By scalars: of a quote with a combining mark behind it Swift makes another character, and gnuplot
  /// doesn't.
  private static func doubled(_ sign: Unicode.Scalar, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(scalar)
      if scalar == sign { result.append(scalar) }
    }
    return String(result)
  }

  /// Rows of numbers as a named block of data; nil is a gap.
  static func block(_ name: String, _ rows: [[Double?]]) -> String {
    let lines = rows.map { row in
      row.map { $0.map(number) ?? "NaN" }.joined(separator: " ")
    }
    return "$\(name) << END_OF_DATA\n" + lines.map { $0 + "\n" }.joined() + "END_OF_DATA"
  }

  static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "NaN" }
}
