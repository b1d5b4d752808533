import CZlib
import Crypto
import Foundation
import Support

/// Reading whole files, and unpacking those that are gzip.
package enum FileContents {
  /// A file's bytes, unpacked if it starts as gzip does.
  ///
  /// - Parameter limit: the most bytes that the file may have.
  /// - Throws: `DatasetError`.
  static func read(_ path: String, limit: Int = unpackedLimit) throws -> [UInt8] {
    let bytes = try contents(of: path, atMost: limit)
    guard bytes.starts(with: gzipStart) else { return bytes }
    return try unpack(bytes, path: path)
  }

  private static func contents(of path: String, atMost limit: Int) throws(DatasetError) -> [UInt8] {
    do {
      return try POSIXFileSystem().read(path, atMost: limit)
    } catch {
      switch error {
      case SystemCallError(code: ENOENT): throw .missing("\(path): no such file.")
      case SystemCallError(code: EISDIR):
        throw .damaged(path, "it is a folder, but a file is needed.")
      case .tooLong:
        // Files of /proc have no length, and others may have grown.
        let length = length(of: path)
        throw .damaged(
          path,
          "\(length > limit ? "\(length)" : "more than \(limit)") bytes; no more than "
            + "\(limit) are read.")
      case _ where error.isOtherKind:
        throw .damaged(path, "\(error.reason), but a file is needed: write it to a file first.")
      default: throw .missing("\(path): it can't be read: \(error.reason).")
      }
    }
  }

  private static func length(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  static func digest(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).hexadecimal
  }

  /// More than any data set here needs; a file that is longer is refused, not read, and one that
  /// unpacks to more isn't unpacked.
  package static let unpackedLimit = 1 << 30
  /// The longest file of images.
  static let imagesLimit = 1 << 32
  private static let gzipStart: [UInt8] = [0x1f, 0x8b]

  private static func tooLong(_ path: String, _ length: Int, limit: Int) -> DatasetError {
    DatasetError.damaged(
      path,
      "\(length) bytes of gzip data; no more than \(limit) are unpacked. Unpack it with gunzip.")
  }

  /// Unpacks a gzip file; zlib checks its length and CRC. The length in its last bytes is not looked
  /// at: what is damaged may name gigabytes.
  ///
  /// - Parameter limit: bytes that it may have, and unpack to.
  package static func unpack(
    _ packed: [UInt8], path: String, limit: Int = unpackedLimit
  ) throws -> [UInt8] {
    guard packed.count <= limit else { throw tooLong(path, packed.count, limit: limit) }
    var stream = z_stream()
    // 16 on top of the window's size: gzip's header and trailer.
    let status = inflateInit2_(
      &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DatasetError.damaged(path, "zlib can't be started (status \(status)).")
    }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var result = Z_OK
    packed.withUnsafeBufferPointer { input in
      // zlib only reads it.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      while result == Z_OK, output.count <= limit {
        makeRoom(in: &output, limit: limit)
        result = unpackPart(&stream, onto: &output)
      }
    }
    guard output.count <= limit else {
      throw DatasetError.damaged(
        path, "it unpacks to more than \(limit) bytes. Unpack it with gunzip.")
    }
    guard result == Z_STREAM_END else {
      let reason = stream.msg.map { String(cString: $0) } ?? "it ends too early"
      throw DatasetError.damaged(
        path, "damaged gzip data (\(reason)) after \(output.count) unpacked bytes. Fetch it again.")
    }
    guard stream.avail_in == 0 else {
      throw DatasetError.damaged(
        path, "\(stream.avail_in) bytes follow the gzip data. Fetch it again.")
    }
    return output
  }

  private static let part = 1 << 16

  /// Doubles the room when it is used up, and never goes beyond what the limit allows.
  private static func makeRoom(in output: inout [UInt8], limit: Int) {
    guard output.capacity - output.count < part else { return }
    output.reserveCapacity(min(max(2 * output.capacity, 1 << 20), limit + 2 * part))
  }

  /// Unpacks what fits into a fixed amount of memory.
  ///
  /// - Returns: zlib's status.
  private static func unpackPart(_ stream: inout z_stream, onto output: inout [UInt8]) -> Int32 {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: part) { buffer in
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(buffer.count)
      let result = inflate(&stream, Z_NO_FLUSH)
      output += UnsafeMutableBufferPointer(
        rebasing: buffer[..<(buffer.count - Int(stream.avail_out))])
      return result
    }
  }
}
