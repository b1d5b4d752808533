import Checks
import Support

/// What was measured, in the order in which it was.
struct Figures {
  /// A value of one round.
  private struct Figure: Encodable {
    let figure: String
    let value: String
  }

  private var all: [Figure] = []

  mutating func add(_ key: String, _ value: String) {
    all.append(Figure(figure: key, value: value))
  }

  /// The median over the rounds; nil where there is no figure.
  func median(_ key: String) -> Double? {
    all.filter { $0.figure == key }.compactMap { Double($0.value) }.median
  }

  /// The different words under a name, of whichever key.
  func words(_ name: String) -> [String] {
    Set(all.filter { $0.figure.hasSuffix(".\(name)") }.map(\.value)).sorted()
  }

  /// Writes every figure as a line of JSON.
  ///
  /// - Returns: whether it could be written.
  func write(to file: String) -> Bool {
    let lines = all.compactMap { try? JSON.text($0) }.joined(separator: ",\n")
    Files.write(file, "[\n\(lines)\n]\n")
    return Files.text(file).hasSuffix("\n]\n")
  }
}

/// What a benchmark says in its last line.
struct Report: Decodable {
  let medianMs: Double
  var percentOfPeak: Double?
  var maxRssMb: Double?
  var library: String?

  private enum CodingKeys: String, CodingKey {
    case medianMs = "median_ms"
    case percentOfPeak = "percent_of_peak"
    case maxRssMb = "max_rss_mb"
    case library
  }
}
