/// Panels of equal size in rows of one or two, below a shared key.
struct PanelGrid {
  /// A curve in the key: its style, and its name in gnuplot's quotes.
  typealias Entry = (style: String, label: String)

  let count: Int
  /// Height of a row of panels in points, axis included.
  let rowHeight: Int
  let entries: [Entry]
  var hasTitles = false

  private static let entriesInARow = 4

  private var columns: Int { count == 1 ? 1 : 2 }
  private var keyHeight: Int {
    (entries.count + Self.entriesInARow - 1) / Self.entriesInARow * 20 + 16
  }

  /// Width and height in points.
  var size: (width: Int, height: Int) {
    (columns == 1 ? 640 : 900, keyHeight + (count + columns - 1) / columns * rowHeight)
  }

  /// Returns the figure's commands; `common` come before the first panel.
  func commands(_ common: [String], panels: [String]) -> String {
    let placed = panels.enumerated().map { index, panel in
      (margins(index) + ["unset key", panel]).joined(separator: "\n")
    }
    return (common + ["set multiplot"] + placed + [key, "unset multiplot"])
      .joined(separator: "\n")
  }

  private func margins(_ index: Int) -> [String] {
    let (width, height) = (Double(size.width), Double(size.height))
    let cell = width / Double(columns)
    let left = Double(index % columns) * cell + 80
    let top = Double(keyHeight + index / columns * rowHeight + (hasTitles ? 26 : 8))
    let bottom = Double(keyHeight + (index / columns + 1) * rowHeight - 58)
    return [
      "set lmargin at screen \(left / width)",
      "set rmargin at screen \((left + cell - 95) / width)",
      "set tmargin at screen \(1 - top / height)", "set bmargin at screen \(1 - bottom / height)",
    ]
  }

  /// An empty plot over the whole figure, because a key is no wider than its plot.
  private var key: String {
    let plots = entries.map { "NaN with \($0.style) title \($0.label)" }
    return [
      "set lmargin at screen 0.02", "set rmargin at screen 0.98", "set tmargin at screen 1",
      "set bmargin at screen 0", "unset border", "unset xtics", "unset ytics", "unset xlabel",
      "unset ylabel", "unset title", "unset logscale y", "set xrange [0:1]", "set yrange [0:1]",
      "set key at screen 0.5, screen 0.99 center top horizontal maxcols \(Self.entriesInARow) "
        + "samplen 3",
      "plot \(plots.joined(separator: ", "))",
    ].joined(separator: "\n")
  }
}
