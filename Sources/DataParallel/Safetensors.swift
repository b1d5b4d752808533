import Foundation
import NeuralNet

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
  /// Far more than any network's names take; the format's own limit is 100 MB.
  private static let longestHeader = 16 << 20

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

  /// The length and the header of a file of float32 tensors that lie in this order.
  static func header(
    _ tensors: [(name: String, shape: [Int])], metadata: [String: String] = [:]
  ) -> [UInt8] {
    var values: [String: Value] = metadata.isEmpty ? [:] : [metadataKey: .texts(metadata)]
    var end = 0
    for tensor in tensors {
      let size = tensor.shape.reduce(4, *)
      values[tensor.name] = .tensor(
        Entry(dtype: "F32", shape: tensor.shape, data_offsets: [end, end + size]))
      end += size
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding a dictionary of strings and integers cannot fail.
    var header = (try? encoder.encode(values)).map([UInt8].init) ?? []
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
    /// The tensors, ordered by their place in the file.
    let tensors: [NamedTensor]
    let metadata: [String: String]
    private let bodyStart: Int

    /// - Throws: `FormatError`.
    init(_ bytes: [UInt8]) throws {
      bodyStart = try Safetensors.bodyStart(bytes)
      let values: [String: Value]
      do {
        values = try JSONDecoder().decode(
          [String: Value].self, from: Data(bytes[8..<bodyStart]))
      } catch {
        throw FormatError(description: "the header is not a table of tensors: \(error)")
      }
      var texts: [String: String] = [:]
      var entries: [(name: String, entry: Entry)] = []
      for (name, value) in values {
        switch value {
        case .texts(let table): texts = table
        case .tensor(let entry): entries.append((name, entry))
        }
      }
      metadata = texts
      tensors = try Safetensors.tensors(entries, bytes[bodyStart...])
    }

    /// The tensors' bytes.
    func body(of bytes: [UInt8]) -> ArraySlice<UInt8> { bytes[bodyStart...] }
  }

  private static func bodyStart(_ bytes: [UInt8]) throws -> Int {
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
  ) throws -> [NamedTensor] {
    let ordered = entries.sorted {
      $0.entry.data_offsets.lexicographicallyPrecedes($1.entry.data_offsets)
    }
    var end = 0
    let tensors = try ordered.map { name, entry in
      let read = try tensor(name, entry, at: end, body)
      end += read.values.count * 4
      return read
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
  ) throws -> NamedTensor {
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
