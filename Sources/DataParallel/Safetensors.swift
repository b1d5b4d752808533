import Foundation
import NeuralNet

/// The safetensors file format: an 8-byte little-endian length, a JSON header with each tensor's
/// type, shape and place, then the tensors' bytes.
public enum Safetensors {
  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// What is wrong with a file's bytes.
  public struct FormatError: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  /// The file's bytes for float32 tensors.
  public static func encode(_ tensors: [NamedTensor]) -> [UInt8] {
    var entries: [String: Entry] = [:]
    var end = 0
    for tensor in tensors {
      let size = tensor.values.count * 4
      entries[tensor.name] = Entry(
        dtype: "F32", shape: tensor.shape, data_offsets: [end, end + size])
      end += size
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding a dictionary of strings and integers cannot fail.
    var header = (try? encoder.encode(entries)).map([UInt8].init) ?? []
    // Padded, so that the tensors start at a multiple of 8 bytes.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + end)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes += $0 }
    bytes += header
    for tensor in tensors {
      tensor.values.withUnsafeBytes { bytes += $0 }
    }
    return bytes
  }

  /// The tensors of a file, ordered by their place in it.
  ///
  /// - Throws: `FormatError` for anything but float32 tensors that fill the file exactly.
  public static func decode(_ bytes: [UInt8]) throws -> [NamedTensor] {
    guard bytes.count >= 8 else {
      throw FormatError(description: "\(bytes.count) bytes: too short")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else {
      throw FormatError(description: "a header of \(length) bytes in a file of \(bytes.count)")
    }
    let body = 8 + Int(length)
    let entries: [String: Entry]
    do {
      entries = try JSONDecoder().decode([String: Entry].self, from: Data(bytes[8..<body]))
    } catch {
      throw FormatError(description: "the header is not a table of tensors: \(error)")
    }
    let ordered = entries.sorted {
      $0.value.data_offsets.lexicographicallyPrecedes($1.value.data_offsets)
    }
    var end = 0
    let tensors = try ordered.map { name, entry in
      let read = try tensor(name, entry, at: end, bytes[body...])
      end += read.values.count * 4
      return read
    }
    guard end == bytes.count - body else {
      throw FormatError(
        description: "the tensors end at byte \(end) of \(bytes.count - body) behind the header")
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
