/// Philox4x32-10: 128 random bits as a function of a 64-bit key and a 128-bit counter (Salmon et
/// al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Stateless: a number depends on its
/// purpose, not on earlier draws.
public struct Philox4x32: Sendable {
  @usableFromInline let low: UInt32
  @usableFromInline let high: UInt32

  /// A generator for a key, usually a trial's seed.
  @inlinable
  public init(key: UInt64) {
    low = UInt32(truncatingIfNeeded: key)
    high = UInt32(truncatingIfNeeded: key >> 32)
  }

  /// The four random words at `counter`.
  @inlinable
  public func block(counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (low, high)
    for _ in 0..<10 {
      let a = c0.multipliedFullWidth(by: 0xD251_1F53)
      let b = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (b.high ^ c1 ^ k0, b.low, a.high ^ c3 ^ k1, a.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }
}
