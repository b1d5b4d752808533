import Dispatch
import Experiments
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
    guard let run = try? run(["--version"], input: ""), run.status == 0 else { return nil }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The most seconds that one run of gnuplot may take; a figure takes a fraction of one.
  package static let deadline = 60.0

  /// Draws a figure as `<id>.svg` and `<id>.pdf` in a folder.
  /// - Returns: what gnuplot complained of, if it failed.
  static func draw(_ figure: Figure, into folder: String) throws -> String? {
    let base = "\(folder)/\(figure.id)"
    return try complaint(about: figure.script(svg: "\(base).svg", pdf: "\(base).pdf"))
  }

  /// Runs a program of gnuplot's.
  /// - Returns: what gnuplot complained of, if it failed or took longer than `deadline` seconds.
  package static func complaint(about script: String, deadline: Double = Gnuplot.deadline) throws
    -> String?
  {
    let result = try run(["-d", "-"], input: script, deadline: deadline)
    return result.status == 0 ? nil : result.output
  }

  /// A text as gnuplot's single-quoted string, in which nothing is substituted, on one line.
  static func quoted(_ text: String, limit: Int = .max) -> String {
    let line = text.onOneLine.truncated(to: limit)
    // gnuplot takes a doubled quote at the very beginning for an empty string.
    let start = line.unicodeScalars.first == "'" ? "' " : "'"
    return start + doubled("'", in: line) + "'"
  }

  /// A label of a curve, an axis or a place.
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

  private static func run(
    _ arguments: [String], input: String, deadline: Double = Gnuplot.deadline
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot"] + arguments
    let script = try scratchFile(holding: input)
    defer { try? script.close() }
    let outward = Pipe()
    process.standardInput = script
    process.standardOutput = outward
    process.standardError = outward
    try process.run()
    let overdue = DispatchWorkItem {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + deadline, execute: overdue)
    let output = outward.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    overdue.cancel()
    if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL {
      return (-1, "gnuplot was killed; it may take \(NumberText.duration(deadline)) at most.")
    }
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// A file that is read from its start and has no name any more. A pipe would end this process, by a
  /// signal, once gnuplot ends before it has read everything.
  private static func scratchFile(holding text: String) throws -> FileHandle {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("srelu-\(UUID().uuidString).gp")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try FileHandle(forReadingFrom: path)
  }
}
