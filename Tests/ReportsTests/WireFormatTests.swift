import Testing

import Reports

@Suite("Wire formats of TensorBoard's files")
struct WireFormatTests {
  /// RFC 3720, appendix B.4, and the customary check value.
  @Test("CRC-32C gives the answers of RFC 3720")
  func crcKnownAnswers() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(UInt8(0)...31)) == 0x46DD_794E)
    #expect(CRC32C.checksum((UInt8(0)...31).reversed()) == 0x113F_DB5C)
    let iscsiRead = bytes(
      hex: "01c00000000000000000000000000000" + "14000000000004000000001400000018"
        + "28000000000000000200000000000000")
    #expect(CRC32C.checksum(iscsiRead) == 0xD996_3A56)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }

  /// Values of `masked_crc32c` in TensorBoard 2.21.
  @Test("Masked checksums are TensorFlow's")
  func maskedKnownAnswers() {
    #expect(CRC32C.masked([]) == 0xA282_EAD8)
    #expect(CRC32C.masked("123456789".utf8) == 0xC78A_B0E5)
    #expect(CRC32C.masked([UInt8](repeating: 0, count: 32)) == 0x0FD7_FFFA)
    #expect(CRC32C.masked([24, 0, 0, 0, 0, 0, 0, 0]) == 0x224B_7FA3)
  }

  @Test(
    "Varints take seven bits a byte",
    arguments: [
      (0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (150, "9601"), (300, "ac02"),
      (16384, "808001"), (UInt64.max, "ffffffffffffffffff01"),
    ] as [(UInt64, String)])
  func varints(value: UInt64, expected: String) {
    #expect(hex(ProtobufMessage { $0.varint(value) }.bytes) == expected)
  }

  @Test("Fields carry their number and wire type")
  func fields() {
    #expect(hex(ProtobufMessage { $0.integer(1, 150) }.bytes) == "089601")
    #expect(hex(ProtobufMessage { $0.integer(2, -1) }.bytes) == "10ffffffffffffffffff01")
    #expect(hex(ProtobufMessage { $0.boolean(7, true) }.bytes) == "3801")
    #expect(hex(ProtobufMessage { $0.string(2, "testing") }.bytes) == "120774657374696e67")
    #expect(hex(ProtobufMessage { $0.double(1, 1) }.bytes) == "09000000000000f03f")
    #expect(hex(ProtobufMessage { $0.packedFloats(5, [0.75]) }.bytes) == "2a040000403f")
    #expect(hex(ProtobufMessage { $0.integer(16, 1) }.bytes) == "800101")
  }

  /// Bytes from `tensorboard.summary.writer.record_writer.RecordWriter`, version 2.21.
  @Test("An event's frame has TensorBoard's own bytes")
  func framing() {
    let version = EventMessages.version(wallTime: 1_700_000_000.5)
    #expect(
      hex(TFRecord.framed(version.bytes))
        == "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110")
    #expect(hex(TFRecord.framed([])).hasPrefix("0000000000000000"))
    #expect(TFRecord.framed([]).count == 16)
  }
}
