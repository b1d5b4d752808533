import Foundation

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
  var commands: String

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

  /// The whole program that draws the figure into two files.
  func script(svg: String, pdf: String) -> String {
    let inches = (Double(size.width) / 72, Double(size.height) / 72)
    return """
      set encoding utf8
      set terminal svg size \(size.width),\(size.height) noenhanced font 'DejaVu Sans,12' \
      background '#ffffff' dashlength 0.6
      set output \(Gnuplot.quoted(svg))
      \(commands)
      unset output
      reset
      set terminal pdfcairo size \(inches.0)in,\(inches.1)in noenhanced font 'DejaVu Sans,9' \
      dashlength 0.6
      set output \(Gnuplot.quoted(pdf))
      \(commands)
      unset output

      """
  }
}

/// Runs gnuplot, and writes what it reads.
public enum Gnuplot {
  /// gnuplot's version; nil where it isn't installed.
  public static func version() -> String? {
    guard let run = try? run(["--version"], input: nil), run.status == 0 else { return nil }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Draws a figure as `<id>.svg` and `<id>.pdf` in a folder.
  /// - Returns: what gnuplot complained of, if it failed.
  static func draw(_ figure: Figure, into folder: String) throws -> String? {
    let base = "\(folder)/\(figure.id)"
    let result = try run(
      ["-d", "-"], input: figure.script(svg: "\(base).svg", pdf: "\(base).pdf"))
    return result.status == 0 ? nil : result.output
  }

  /// A text as gnuplot's single-quoted string, in which nothing is substituted: at most 60 columns, on
  /// one line.
  static func quoted(_ text: String, limit: Int = .max) -> String {
    "'" + text.onOneLine.truncated(to: limit).replacing("'", with: "''") + "'"
  }

  /// A label of a curve or a tick.
  static func label(_ text: String) -> String { quoted(text, limit: 60) }

  /// Rows of numbers as a named block of data; nil is a gap.
  static func block(_ name: String, _ rows: [[Double?]]) -> String {
    let lines = rows.map { row in
      row.map { $0.map(number) ?? "NaN" }.joined(separator: " ")
    }
    return "$\(name) << END_OF_DATA\n" + lines.map { $0 + "\n" }.joined() + "END_OF_DATA"
  }

  static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "NaN" }

  private static func run(_ arguments: [String], input: String?) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot"] + arguments
    let (inward, outward) = (Pipe(), Pipe())
    process.standardInput = inward
    process.standardOutput = outward
    process.standardError = outward
    try process.run()
    // Written by a thread of its own: gnuplot may complain before it has read everything.
    let writer = Thread {
      try? inward.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
      try? inward.fileHandleForWriting.close()
    }
    writer.start()
    let output = outward.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
