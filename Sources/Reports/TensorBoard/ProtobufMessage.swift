/// The wire bytes of one protocol-buffer message, appended field by field.
///
/// Fields are written in the order of the calls, default values included, so callers omit what
/// proto3 would omit.
/// Source: https://protobuf.dev/programming-guides/encoding/
package struct ProtobufMessage: Sendable, Equatable {
  /// The layout of a field's payload: the low three bits of its key.
  private enum WireType: UInt64 {
    case varint = 0
    case bits64 = 1
    case lengthDelimited = 2
  }

  package private(set) var bytes: [UInt8] = []

  package init() {}

  package init(_ fill: (inout ProtobufMessage) -> Void) {
    fill(&self)
  }

  /// Appends an int32, int64 or enum; a negative number takes ten bytes, as in proto3.
  package mutating func integer(_ field: UInt64, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func boolean(_ field: UInt64, _ value: Bool) {
    integer(field, value ? 1 : 0)
  }

  /// Appends a double: eight bytes, least significant first.
  package mutating func double(_ field: UInt64, _ value: Double) {
    key(field, .bits64)
    littleEndian(value.bitPattern)
  }

  /// Appends a packed `repeated float`: four bytes each, least significant first.
  package mutating func packedFloats(_ field: UInt64, _ values: [Float]) {
    key(field, .lengthDelimited)
    varint(UInt64(values.count * 4))
    for value in values { littleEndian(value.bitPattern) }
  }

  /// Appends a string in UTF-8.
  package mutating func string(_ field: UInt64, _ value: String) {
    data(field, Array(value.utf8))
  }

  package mutating func message(_ field: UInt64, _ value: ProtobufMessage) {
    data(field, value.bytes)
  }

  mutating func message(_ field: UInt64, _ fill: (inout ProtobufMessage) -> Void) {
    message(field, ProtobufMessage(fill))
  }

  package mutating func data(_ field: UInt64, _ value: [UInt8]) {
    key(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  private mutating func key(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  /// Appends a base-128 number: seven bits a byte, lowest first, the top bit set on all but the last.
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func littleEndian<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
