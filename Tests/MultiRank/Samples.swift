import MPI

/// A scalar for which probes can make values whose sums are exact, in every order.
protocol ProbeScalar: MPIScalar, Comparable, Numeric {
  /// A value that grows with `n`, linearly, and fills the type's high and low bits where it has more
  /// of them than `n`. Unsigned types have only nonnegative ones; the 8-bit type wraps.
  init(sample n: Int)
  /// Whether a sample of a negative number is negative.
  static var isSigned: Bool { get }
  /// How many indices in a row have samples of their own.
  static var period: Int { get }
}

extension ProbeScalar {
  static var period: Int { 1009 }
}

// 2³² + 1 and 1 + 2⁻³⁰: a value that loses half of its bits is another value.
extension Float: ProbeScalar {
  init(sample n: Int) { self = Float(n) * 0.25 }
  static var isSigned: Bool { true }
}
extension Double: ProbeScalar {
  init(sample n: Int) { self = Double(n) * (1 + 0x1p-30) }
  static var isSigned: Bool { true }
}
extension Int32: ProbeScalar {
  init(sample n: Int) { self = Int32(n) }
  static var isSigned: Bool { true }
}
extension Int64: ProbeScalar {
  init(sample n: Int) { self = Int64(n) * 0x1_0000_0001 }
  static var isSigned: Bool { true }
}
extension UInt8: ProbeScalar {
  init(sample n: Int) { self = UInt8(truncatingIfNeeded: n) }
  static var isSigned: Bool { false }
  static var period: Int { 13 }
}
extension UInt64: ProbeScalar {
  init(sample n: Int) { self = UInt64(n) * 0x1_0000_0001 }
  static var isSigned: Bool { false }
}

/// Every scalar type that the binding knows.
let scalarTypes: [any ProbeScalar.Type] = [
  Float.self, Double.self, Int32.self, Int64.self, UInt8.self, UInt64.self,
]

/// Lengths that differ in kind: none, one, odd.
let lengths = [0, 1, 7]

/// A length that no whole number of pages or pipeline segments makes.
let bigLength = 1_000_003

/// The samples of all ranks: 16 ranks' values lie between those of one index and the next.
enum Samples<T: ProbeScalar> {
  /// Signed types alternate in sign with the index.
  private static func sign(_ index: Int) -> Int { T.isSigned && index % 2 == 1 ? -1 : 1 }

  private static func number(_ rank: Int, _ index: Int) -> Int {
    index % T.period * 16 + rank + 1
  }

  /// The sample of one rank at one index; never 0.
  static func value(_ rank: Int, _ index: Int) -> T {
    T(sample: sign(index) * number(rank, index))
  }

  /// One rank's samples.
  static func values(_ rank: Int, count: Int) -> [T] { (0..<count).map { value(rank, $0) } }

  /// The sum of the samples of ranks 0 to size - 1: size times the first, and 0 + 1 + ....
  static func sum(_ size: Int, _ index: Int) -> T {
    T(sample: sign(index) * (size * number(0, index) + size * (size - 1) / 2))
  }

  /// The smallest sample: rank 0's, the last rank's where they are negative.
  static func min(_ size: Int, _ index: Int) -> T {
    value(sign(index) < 0 ? size - 1 : 0, index)
  }

  /// The largest sample.
  static func max(_ size: Int, _ index: Int) -> T {
    value(sign(index) < 0 ? 0 : size - 1, index)
  }

  /// A factor of 1 or 2, by turns over ranks and indices.
  static func factor(_ rank: Int, _ index: Int) -> T { (rank + index) % 2 == 1 ? 2 : 1 }

  /// The product of the factors: 2 to the number of ranks whose number plus the index is odd.
  static func product(_ size: Int, _ index: Int) -> T {
    var product: T = 1
    for _ in 0..<(index % 2 == 0 ? size / 2 : (size + 1) / 2) { product *= 2 }
    return product
  }

  /// What a rank gives to an operation at one index.
  static func operand(_ operation: ReduceOperation, _ rank: Int, _ index: Int) -> T {
    operation == .product ? factor(rank, index) : value(rank, index)
  }

  /// What a rank gives to an operation.
  static func operands(_ operation: ReduceOperation, _ rank: Int, count: Int) -> [T] {
    (0..<count).map { operand(operation, rank, $0) }
  }

  /// What an operation makes of the operands of ranks 0 to size - 1.
  static func combined(_ operation: ReduceOperation, _ size: Int, _ index: Int) -> T {
    switch operation {
    case .sum: sum(size, index)
    case .min: min(size, index)
    case .max: max(size, index)
    case .product: product(size, index)
    }
  }
}
