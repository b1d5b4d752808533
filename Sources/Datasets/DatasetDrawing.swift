/// Data sets as text.
public enum DatasetDrawing {
  /// Counts, shape, class balance and the first image of some classes, drawn with characters.
  public static func text(_ data: ImageDataset, name: String) -> String {
    let layout = data.layout
    var lines = [
      "\(name): \(layout.trainCount) training and \(layout.testCount) test images of "
        + "\(layout.height) × \(layout.width), \(layout.classNames.count) classes", "",
    ]
    lines += balance(
      layout.classNames, train: Array(data.trainLabels), test: Array(data.testLabels))
    for number in layout.classNames.indices.prefix(3) {
      guard let at = data.trainLabels.firstIndex(of: UInt8(number)) else { continue }
      let index = at - data.trainLabels.startIndex
      lines += ["", "training image \(index): \(layout.classNames[number])"]
      lines += drawing(data, index)
    }
    return lines.joined(separator: "\n")
  }

  /// Counts, class balance, and range, mean and deviation of every column.
  public static func text(_ table: Table, name: String) -> String {
    var lines = [
      "\(name): \(table.rows) samples of \(table.columns) features, \(table.classNames.count) classes",
      "",
    ]
    lines += balance(table.classNames, train: table.labels, test: nil)
    lines += ["", row("feature", ["minimum", "mean", "maximum"])]
    for column in 0..<table.columns {
      let values = (0..<table.rows).map { table.features[$0 * table.columns + column] }
      let mean = values.reduce(0, +) / Double(values.count)
      lines.append(
        row(
          table.columnNames[column],
          [values.min() ?? 0, mean, values.max() ?? 0].map(short)))
    }
    return lines.joined(separator: "\n")
  }

  private static func balance(_ names: [String], train: [UInt8], test: [UInt8]?) -> [String] {
    var lines = [row("class", test == nil ? ["samples"] : ["training", "test"])]
    for (number, name) in names.enumerated() {
      let counts = [train, test].compactMap { $0 }.map { labels in
        String(labels.count { Int($0) == number })
      }
      lines.append(row(name, counts))
    }
    return lines
  }

  private static func drawing(_ data: ImageDataset, _ index: Int) -> [String] {
    let layout = data.layout
    let shades = Array(" .:-=+*#%@")
    let start = data.trainPixels.startIndex + index * layout.pixels
    return (0..<layout.height).map { y in
      let pixels = data.trainPixels[(start + y * layout.width)..<(start + (y + 1) * layout.width)]
      return String(pixels.map { shades[Int($0) * shades.count / 256] })
    }
  }

  private static func row(_ name: String, _ values: [String]) -> String {
    "  " + name.padded(to: 24)
      + values.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }

  /// Four significant digits or so.
  private static func short(_ value: Double) -> String {
    let digits = value.magnitude >= 100 ? 1.0 : value.magnitude >= 1 ? 100.0 : 10_000.0
    return "\((value * digits).rounded() / digits)"
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
