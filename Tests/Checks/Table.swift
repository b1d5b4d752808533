import Glibc

/// A table for what needs something to train on, so that no test depends on the network or on what lies beside the
/// repository.
package enum Table {
  /// A table as WDBC is one, with its header: 569 rows of 30 numbers, 212 of them malignant, whose classes overlap.
  /// The same bytes everywhere.
  package static func likeWDBC() -> String {
    var random = Lehmer()
    var text = (1...30).map { "f\($0)," }.joined() + "kind\n"
    for row in 0..<569 {
      let isMalignant = (row + 1) * 212 / 569 > row * 212 / 569
      for column in 1...30 {
        let normal = random.next() + random.next() + random.next() + random.next() - 2
        let shift = isMalignant ? 0.018 * Double(column % 4) : 0
        text += fixed(Double(10 + column) * (1 + 0.1 * normal + shift)) + ","
      }
      text += isMalignant ? "malignant\n" : "benign\n"
    }
    return text
  }

  private struct Lehmer {
    private var state = 20021

    /// Between 0 and 1.
    mutating func next() -> Double {
      state = state * 16807 % 2_147_483_647
      return Double(state) / 2_147_483_647
    }
  }

  /// With four digits behind the point.
  private static func fixed(_ value: Double) -> String {
    let digits = "\(Int((value * 10_000).rounded(.toNearestOrEven)))"
    return "\(digits.dropLast(4)).\(digits.suffix(4))"
  }
}
