/// A sequence of random words as a function of (seed, purpose, two numbers).
public struct RandomStream: Sendable {
  private let generator: Philox4x32
  private let first: UInt32
  private let second: UInt32
  private let tag: UInt32
  private var block: UInt32 = 0
  private var words = SIMD4<UInt32>()
  private var used = 4

  /// The stream of a seed for a purpose; `first` and `second` distinguish streams of one purpose.
  public init(seed: UInt64, purpose: RandomPurpose, first: UInt32 = 0, second: UInt32 = 0) {
    generator = Philox4x32(key: seed)
    self.first = first
    self.second = second
    tag = purpose.tag()
  }

  /// The next 32 random bits.
  public mutating func next() -> UInt32 {
    if used == 4 {
      words = generator.block(counter: SIMD4(block, first, second, tag))
      block &+= 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  /// Returns a number below `bound`, each equally likely (Lemire, "Fast random integer generation
  /// in an interval", 2019).
  public mutating func below(_ bound: UInt32) -> UInt32 {
    precondition(bound > 0, "no number is below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// Shuffles the elements (Fisher & Yates).
  public mutating func shuffle(_ elements: inout [UInt32]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(below(UInt32(last + 1))))
    }
  }
}
