import Foundation
import Support

/// The safetensors file format: an 8-byte little-endian header length; a JSON header with a table
/// of texts and each tensor's type, shape and offsets; then the tensors' bytes.
package enum Safetensors {
  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// A header's value: the texts under `__metadata__`, a tensor under any other name.
  private enum Value: Codable {
    case tensor(Entry)
    case texts([String: String])

    init(from decoder: any Decoder) throws {
      if decoder.codingPath.last?.stringValue == metadataKey {
        self = .texts(try [String: String](from: decoder))
      } else {
        self = .tensor(try Entry(from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .tensor(let entry): try entry.encode(to: encoder)
      case .texts(let texts): try texts.encode(to: encoder)
      }
    }
  }

  private static let metadataKey = "__metadata__"
  /// In bytes. The format allows 10⁸, which take a minute to read; our headers have a few thousand.
  static let longestHeader = 1 << 24

  /// An error in a file's bytes.
  package struct FormatError: Error, CustomStringConvertible {
    package let description: String
  }

  package static func encode(
    _ tensors: [NamedTensor], metadata: [String: String] = [:]
  ) -> [UInt8] {
    var bytes = header(tensors.map { ($0.name, $0.shape) }, metadata: metadata)
    bytes.reserveCapacity(bytes.count + tensors.reduce(0) { $0 + 4 * $1.values.count })
    for tensor in tensors {
      tensor.values.withUnsafeBytes { bytes += $0 }
    }
    return bytes
  }

  /// Returns the header, with its length, of a file of float32 tensors in this order and,
  /// optionally, a uint8 tensor after them.
  static func header(
    _ tensors: [(name: String, shape: [Int])], text: (name: String, count: Int)? = nil,
    metadata: [String: String] = [:]
  ) -> [UInt8] {
    var values: [String: Value] = metadata.isEmpty ? [:] : [metadataKey: .texts(metadata)]
    var end = 0
    for tensor in tensors {
      let size = tensor.shape.reduce(4, *)
      values[tensor.name] = .tensor(
        Entry(dtype: "F32", shape: tensor.shape, data_offsets: [end, end + size]))
      end += size
    }
    if let text {
      values[text.name] = .tensor(
        Entry(dtype: "U8", shape: [text.count], data_offsets: [end, end + text.count]))
    }
    // Encoding a dictionary of strings and integers cannot fail.
    var header = (try? JSON.bytes(values)) ?? []
    // Padding aligns the tensors to 8 bytes.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian, [UInt8].init) + header
  }

  /// Returns a file's tensors in order of offset.
  /// - Throws: `FormatError` unless float32 tensors fill the file exactly.
  package static func decode(_ bytes: [UInt8]) throws -> [NamedTensor] {
    try File(bytes).tensors
  }

  struct File {
    /// The float32 tensors in order of offset.
    let tensors: [NamedTensor]
    /// The uint8 tensor after them; empty if there is none.
    let text: ArraySlice<UInt8>
    let metadata: [String: String]
    private let bodyStart: Int

    /// - Parameter textName: the name of a uint8 tensor at the file's end; no other is allowed.
    init(_ bytes: [UInt8], text textName: String? = nil) throws(FormatError) {
      bodyStart = try Safetensors.bodyStart(bytes)
      let values: [String: Value]
      do {
        values = try JSON.value(from: bytes[8..<bodyStart])
      } catch {
        throw FormatError(description: "the header is not a table of tensors: \(error)")
      }
      var texts: [String: String] = [:]
      var entries: [(name: String, entry: Entry)] = []
      var textEntry: Entry?
      for (name, value) in values {
        switch value {
        case .texts(let table): texts = table
        case .tensor(let entry) where name == textName: textEntry = entry
        case .tensor(let entry): entries.append((name, entry))
        }
      }
      metadata = texts
      let body = bytes[bodyStart...]
      text =
        try textEntry.map { entry throws(FormatError) in try Safetensors.text(entry, body) } ?? []
      tensors = try Safetensors.tensors(entries, body.dropLast(text.count))
    }

    func body(of bytes: [UInt8]) -> ArraySlice<UInt8> { bytes[bodyStart...] }
  }

  /// Returns a uint8 tensor, which must end where the body does.
  private static func text(
    _ entry: Entry, _ body: ArraySlice<UInt8>
  ) throws(FormatError) -> ArraySlice<UInt8> {
    let offsets = entry.data_offsets
    guard entry.dtype == "U8", offsets.count == 2, entry.shape.count == 1,
      let count = entry.shape.first,
      (0...body.count).contains(count), offsets == [body.count - count, body.count]
    else {
      throw FormatError(
        description: "\(entry.dtype) \(entry.shape) at \(offsets), expected bytes at the end of "
          + "\(body.count)")
    }
    return body.suffix(count)
  }

  private static func bodyStart(_ bytes: [UInt8]) throws(FormatError) -> Int {
    guard bytes.count >= 8 else {
      throw FormatError(description: "\(bytes.count) bytes: too short")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(bytes.count - 8, longestHeader)) else {
      throw FormatError(description: "a header of \(length) bytes in a file of \(bytes.count)")
    }
    return 8 + Int(length)
  }

  private static func tensors(
    _ entries: [(name: String, entry: Entry)], _ body: ArraySlice<UInt8>
  ) throws(FormatError) -> [NamedTensor] {
    let ordered = entries.sorted {
      $0.entry.data_offsets.lexicographicallyPrecedes($1.entry.data_offsets)
    }
    var end = 0
    var tensors: [NamedTensor] = []
    for (name, entry) in ordered {
      let read = try tensor(name, entry, at: end, body)
      end += read.values.count * 4
      tensors.append(read)
    }
    guard end == body.count else {
      throw FormatError(
        description: "the tensors end at byte \(end) of \(body.count) behind the header")
    }
    return tensors
  }

  /// Returns the tensor whose values start at byte `place` of the body.
  private static func tensor(
    _ name: String, _ entry: Entry, at place: Int, _ body: ArraySlice<UInt8>
  ) throws(FormatError) -> NamedTensor {
    let offsets = entry.data_offsets
    guard entry.dtype == "F32", offsets.count == 2, offsets[0] == place, offsets[1] >= place,
      offsets[1] <= body.count, size(of: entry.shape) == offsets[1] - place
    else {
      throw FormatError(
        description: "\(name): \(entry.dtype) \(entry.shape) at \(offsets), expected at \(place) "
          + "of \(body.count) bytes")
    }
    let count = (offsets[1] - place) / 4
    let start = body.startIndex + place
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      body[start..<start + count * 4].withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      initialized = count
    }
    return NamedTensor(name: name, shape: entry.shape, values: values)
  }

  /// The bytes of a float32 tensor; nil on overflow.
  private static func size(of shape: [Int]) -> Int? {
    var size = 4
    for length in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      size = product
    }
    return size
  }
}
