import CounterRandom
import Crypto
import Foundation

/// Independent draws.
struct RandomSearch: SearchStrategy {
  static let name = "random"
  static let purpose = "Independent draws."
  private let search: SearchSpec

  init(_ search: SearchSpec) { self.search = search }

  func next(_ index: Int) -> [Double]? { search.randomValues(index) }
}

extension SearchSpec {
  /// Independent draws. A value depends only on the seed, the index and its key, not on the other
  /// parameters.
  func randomValues(_ index: Int) -> [Double] {
    parameters.map { parameter in
      var stream = stream(parameter.key, configuration: index)
      return parameter.distribution.value(at: stream.nextShare())
    }
  }

  /// The random numbers for a key in one configuration, or in the whole search if `index` is nil.
  func stream(_ key: String, configuration index: Int?) -> RandomStream {
    // 32 bits that stand for the key.
    let number = SHA256.hash(data: Data(key.utf8)).prefix(4).reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    return RandomStream(
      seed: seed, purpose: .search, first: number,
      second: index.map { UInt32(truncatingIfNeeded: $0 + 1) } ?? 0)
  }
}

extension RandomStream {
  /// A number in [0, 1) with 53 random bits.
  mutating func nextShare() -> Double {
    let (high, low) = (UInt64(next()), UInt64(next()))
    return Double((high << 32 | low) >> 11) * 0x1p-53
  }
}
