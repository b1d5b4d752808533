import CounterRandom
import Testing

@Suite struct PhiloxTests {
  /// The known answers that the authors publish with their reference implementation (Random123,
  /// `kat_vectors`): key, counter, block.
  @Test(arguments: [
    (
      0 as UInt64, SIMD4<UInt32>(0, 0, 0, 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (.max, SIMD4(repeating: .max), SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
    (
      0x299f_31d0_a409_3822, SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(key: UInt64, counter: SIMD4<UInt32>, block: SIMD4<UInt32>) {
    #expect(Philox4x32(key: key).block(counter: counter) == block)
  }
}
