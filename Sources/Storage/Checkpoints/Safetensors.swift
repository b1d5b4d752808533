import Foundation
import Support

/// The safetensors file format: an 8-byte little-endian length, a JSON header with each tensor's
/// type, shape and place and with a table of texts, then the tensors' bytes.
public enum Safetensors {
  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// A header's value: the table of texts under `__metadata__`, a tensor under any other name.
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
  /// In bytes. The format allows 100,000,000; the headers that this program writes have a few thousand,
  /// and one as long as the format allows takes a minute to read.
  static let longestHeader = 1 << 24

  /// What is wrong with a file's bytes.
  public struct FormatError: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  /// The file's bytes for float32 tensors.
  public static func encode(_ tensors: [NamedTensor]) -> [UInt8] {
    var bytes = header(tensors.map { ($0.name, $0.shape) })
    bytes.reserveCapacity(bytes.count + tensors.reduce(0) { $0 + 4 * $1.values.count })
    for tensor in tensors {
      tensor.values.withUnsafeBytes { bytes += $0 }
    }
    return bytes
  }

  /// The length and the header of a file of float32 tensors that lie in this order, and perhaps of a
  /// row of bytes behind them.
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
    // Padded, so that the tensors start at a multiple of 8 bytes.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian, [UInt8].init) + header
  }

  /// The tensors of a file, ordered by their place in it.
  ///
  /// - Throws: `FormatError` for anything but float32 tensors that fill the file exactly.
  public static func decode(_ bytes: [UInt8]) throws -> [NamedTensor] {
    try File(bytes).tensors
  }

  /// What a file holds.
  struct File {
    /// The float32 tensors, ordered by their place in the file.
    let tensors: [NamedTensor]
    /// The row of bytes behind them, empty where there is none.
    let text: ArraySlice<UInt8>
    let metadata: [String: String]
    private let bodyStart: Int

    /// - Parameter textName: the name of a row of bytes at the file's end; no other may be there.
    /// - Throws: `FormatError`.
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

    /// The tensors' bytes.
    func body(of bytes: [UInt8]) -> ArraySlice<UInt8> { bytes[bodyStart...] }
  }

  /// A row of bytes that ends where the body does.
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

  /// The tensor whose values start at byte `place` of the body.
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

  /// Bytes of a float32 tensor; nil where no memory could hold it.
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
