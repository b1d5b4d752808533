import CounterRandom

/// Dropout's masks, unit by unit, by the mapping in `dropout.inc.h`.
enum ReferenceDropout {
  /// Returns 0 or the scale of one unit.
  static func factor(
    rate: Float, seed: UInt64, step: UInt32, layer: Int, slot: UInt32, unit: Int
  ) -> Double {
    guard rate > 0 else { return 1 }
    let group = unit / 128
    let (half, lane) = ((unit % 128) / 16, unit % 16)
    let counter = SIMD4(
      UInt32(group * 16 + lane), slot, step, RandomPurpose.dropout.tag(UInt32(layer)))
    let word = Philox4x32(key: seed).block(counter: counter)[half / 2]
    let bits = half % 2 == 0 ? word & 0xffff : word >> 16
    return bits < UInt32((rate * 65536).rounded()) ? 0 : Double(1 / (1 - rate))
  }
}
