// Data sets as text, for people.

extension ImageDataset {
  /// Counts, shape, class balance and the first image of some classes, drawn with characters.
  package func text(name: String) -> String {
    let size = "images of \(input.height) × \(input.width), \(classNames.count) classes"
    var lines: [String]
    let (shown, part): (ArraySlice<UInt8>, String)
    switch split {
    case .given(let count):
      (shown, part) = (labels[..<count], "training ")
      lines = ["\(name): \(count) training and \(layout.count - count) test \(size)", ""]
      lines += balance(classNames, [("training", shown), ("test", labels[count...])])
    case .drawn:
      (shown, part) = (labels[...], "")
      lines = ["\(name): \(layout.count) \(size)", ""] + balance(classNames, [("samples", shown)])
    }
    for number in classNames.indices.prefix(3) {
      guard let index = shown.firstIndex(of: UInt8(number)) else { continue }
      lines += ["", "\(part)image \(index): \(classNames[number])"] + drawing(index)
    }
    return lines.joined(separator: "\n")
  }

  private func drawing(_ index: Int) -> [String] {
    let shades = Array(" .:-=+*#%@")
    let pixels = Array(image(index))
    return (0..<input.height).map { y in
      String(
        pixels[y * input.width..<(y + 1) * input.width].map { shades[Int($0) * shades.count / 256] }
      )
    }
  }
}

extension Table {
  /// Counts, class balance, and range, mean and deviation of every column.
  package func text(name: String) -> String {
    var lines = [
      "\(name): \(rows) samples of \(columns) features, \(classNames.count) classes", "",
    ]
    lines += balance(classNames, [("samples", labels[...])])
    lines += ["", row("feature", ["minimum", "mean", "maximum"])]
    for column in 0..<columns {
      let values = (0..<rows).map { features[$0 * columns + column] }
      let mean = values.reduce(0, +) / Double(values.count)
      lines.append(
        row(columnNames[column], [values.min() ?? 0, mean, values.max() ?? 0].map(short)))
    }
    return lines.joined(separator: "\n")
  }
}

private func balance(
  _ names: [String], _ parts: [(title: String, labels: ArraySlice<UInt8>)]
) -> [String] {
  [row("class", parts.map(\.title))]
    + names.enumerated().map { number, name in
      row(name, parts.map { part in String(part.labels.count { Int($0) == number }) })
    }
}

private func row(_ name: String, _ values: [String]) -> String {
  "  " + name + String(repeating: " ", count: max(0, 24 - name.count))
    + values.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
}

/// Four significant digits or so.
private func short(_ value: Double) -> String {
  let digits = value.magnitude >= 100 ? 1.0 : value.magnitude >= 1 ? 100.0 : 10_000.0
  return "\((value * digits).rounded() / digits)"
}
