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
