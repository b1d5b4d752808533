import Experiments
import Foundation
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
    return start + line.replacingScalars { $0 == "'" ? "''" : nil } + "'"
  }

  /// Returns a label for a curve, an axis or a block.
  static func label(_ text: String) -> String { quoted(text, limit: 60) }

  /// Returns a tick's label, which gnuplot reads as a number format.
  static func tick(_ text: String) -> String {
    label(text).replacingScalars { $0 == "%" ? "%%" : nil }
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

enum Axis {
  /// Returns a logarithmic vertical axis over the values, which are positive: gnuplot's own extends
  /// to the next power of ten. Linear where the values are too close for it to matter.
  static func logarithmic(_ values: [Double]) -> [String] {
    guard let least = values.min(), let largest = values.max(), least > 1e-300, largest < 1e300
    else {
      return linear
    }
    let (low, high) = (least / 1.1, largest * 1.1)
    guard let ticks = ticks(from: low, to: high) else { return linear }
    return [
      "set logscale y", "set yrange [\(Gnuplot.number(low)):\(Gnuplot.number(high))]",
      "set ytics \(ticks)",
    ]
  }

  static let linear = ["unset logscale y", "set yrange [*:*]", "set ytics autofreq"]

  /// Returns 1, 2 and 5 times each power of ten; gnuplot's own ticks if these are many, nil if few.
  private static func ticks(from low: Double, to high: Double) -> String? {
    let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let ticks = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
      .filter { low <= $0 && $0 <= high }
    guard ticks.count > 1 else { return nil }
    guard ticks.count < 9 else { return "autofreq" }
    return "(\(ticks.map { String(format: "%g", $0) }.joined(separator: ", ")))"
  }

  /// Returns the axis of epochs or trials: whole numbers only.
  static func counting(to last: Int) -> String { last <= 10 ? "set xtics 1" : "set xtics autofreq" }
}

/// Line styles of activations, the same in every figure.
enum Palette {
  /// Returns each activation's style: those of one name share a colour and differ in their dashes.
  static func styles(
    of activations: [ActivationSpec]
  ) -> [ActivationSpec: ActivationDefinition.Style] {
    var seen: [String: Int] = [:]
    var styles: [ActivationSpec: ActivationDefinition.Style] = [:]
    for activation in activations where styles[activation] == nil {
      let index = seen[activation.name, default: 0]
      seen[activation.name] = index + 1
      styles[activation] = activation.style.dashed(index)
    }
    return styles
  }

  /// From white to the darkest shade of a confusion matrix.
  static let shades = "defined (0 '#FFFFFF', 1 '#0072B2')"
}
