import Crypto
import CounterRandom
import Foundation

extension SearchSpec {
  /// The values of the `index`-th configuration, counted from 0, in the order of `parameters`: a
  /// function of the seed, the index and the parameters alone.
  public func sample(_ index: Int) -> [Double] {
    zip(parameters, shares(index)).map { $0.distribution.value(at: $1) }
  }

  private func shares(_ index: Int) -> [Double] {
    switch method {
    case .grid: []
    case .random, .asha: parameters.map { randomShare($0.key, index) }
    case .sobol:
      zip(parameters, Sobol.point(index, dimensions: parameters.count)).map { parameter, word in
        // A digital shift: the sequence stays as even, and no seed starts at the corner.
        Double(word ^ shift(parameter.key)) * 0x1p-32
      }
    }
  }

  /// A key's own stream, so that another parameter doesn't change its values.
  private func randomShare(_ key: String, _ index: Int) -> Double {
    var stream = RandomStream(
      seed: seed, purpose: .search, first: Self.number(of: key),
      second: UInt32(truncatingIfNeeded: index + 1))
    let (high, low) = (UInt64(stream.next()), UInt64(stream.next()))
    return Double((high << 32 | low) >> 11) * 0x1p-53
  }

  private func shift(_ key: String) -> UInt32 {
    var stream = RandomStream(seed: seed, purpose: .search, first: Self.number(of: key))
    return stream.next()
  }

  /// 32 bits that stand for a key.
  private static func number(of key: String) -> UInt32 {
    SHA256.hash(data: Data(key.utf8)).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }
}
