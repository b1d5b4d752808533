import CZlib
import Crypto
import Foundation

/// Reading whole files, and unpacking those that are gzip.
enum FileContents {
  /// A file's bytes, unpacked if it starts as gzip does.
  static func read(_ path: String) throws -> [UInt8] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      throw DatasetError.missing("\(path): no such file.")
    } catch {
      throw DatasetError.missing("\(path): it can't be read: \(error.localizedDescription)")
    }
    let bytes = [UInt8](data)
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    return try unpack(bytes, path: path)
  }

  /// SHA-256 in hexadecimal.
  static func digest(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }

  /// More than any data set here needs; a file that unpacks to more is refused, not unpacked.
  private static let unpackedLimit = 1 << 30

  /// Unpacks a gzip file; zlib checks its length and CRC.
  static func unpack(_ packed: [UInt8], path: String) throws -> [UInt8] {
    var packed = packed
    var stream = z_stream()
    // 16 on top of the window's size: gzip's header and trailer.
    let status = inflateInit2_(
      &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DatasetError.damaged(path, "zlib can't be started (status \(status)).")
    }
    defer { inflateEnd(&stream) }
    // The trailer's last word is the unpacked length, below 4 GB; a wrong one only costs a resize.
    let hint = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    var output = [UInt8](repeating: 0, count: min(max(hint, 1 << 12), packed.count * 1032) + 1)
    var written = 0
    var result = Z_OK
    packed.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      while result == Z_OK, written <= unpackedLimit {
        if written == output.count { output += [UInt8](repeating: 0, count: output.count) }
        output.withUnsafeMutableBufferPointer { buffer in
          stream.next_out = buffer.baseAddress.map { $0 + written }
          stream.avail_out = UInt32(buffer.count - written)
          result = inflate(&stream, Z_NO_FLUSH)
          written = buffer.count - Int(stream.avail_out)
        }
      }
    }
    guard written <= unpackedLimit else {
      throw DatasetError.damaged(path, "it unpacks to more than \(unpackedLimit >> 20) MB.")
    }
    guard result == Z_STREAM_END else {
      let reason = stream.msg.map { String(cString: $0) } ?? "it ends too early"
      throw DatasetError.damaged(
        path, "damaged gzip data (\(reason)) after \(written) unpacked bytes. Fetch it again.")
    }
    guard stream.avail_in == 0 else {
      throw DatasetError.damaged(
        path, "\(stream.avail_in) bytes follow the gzip data. Fetch it again.")
    }
    output.removeLast(output.count - written)
    return output
  }
}
