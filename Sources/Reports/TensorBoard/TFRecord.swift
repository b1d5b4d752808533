/// The framing of records in TensorFlow's record files, which include event files.
///
/// Each record: its length in bytes (u64), the masked CRC-32C of those eight bytes (u32), the
/// record, the masked CRC-32C of the record (u32); all numbers least significant byte first.
/// Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
package enum TFRecord {
  /// Returns `record` with its length and checksums around it: 16 bytes longer.
  package static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(record.count))
    return length + littleEndian(CRC32C.masked(length)) + record
      + littleEndian(CRC32C.masked(record))
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// CRC-32C (Castagnoli): the checksum of TFRecord framing.
///
/// Polynomial 0x1EDC6F41, bits reflected, start and final xor 0xFFFFFFFF.
/// Source: RFC 3720, section 12.1 (definition) and appendix B.4 (examples);
/// the masking is that of `tensorflow/core/lib/hash/crc32c.h`.
package enum CRC32C {
  package static func checksum<Bytes: Sequence>(_ bytes: Bytes) -> UInt32
  where Bytes.Element == UInt8 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc = (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)]
    }
    return ~crc
  }

  /// Returns the checksum as TFRecord stores it: rotated right by 15 bits, plus a constant, so that
  /// checksums of data that contains checksums stay good.
  package static func masked<Bytes: Sequence>(_ bytes: Bytes) -> UInt32
  where Bytes.Element == UInt8 {
    let crc = checksum(bytes)
    return ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
  }

  /// Remainder of each single byte, by the reflected polynomial 0x82F63B78.
  private static let table: [UInt32] = (0..<256).map { index in
    var remainder = UInt32(index)
    for _ in 0..<8 {
      remainder = (remainder & 1) == 1 ? (remainder >> 1) ^ 0x82F6_3B78 : remainder >> 1
    }
    return remainder
  }
}
