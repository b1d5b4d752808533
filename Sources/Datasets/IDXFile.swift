import Support

/// A file in the IDX format of MNIST: two zero bytes, a type, the number of dimensions, each
/// dimension as a big-endian 32-bit number, then the values; here always unsigned bytes.
struct IDXFile {
  /// Where it was read from.
  let path: String
  /// Lengths, the outermost first.
  let dimensions: [Int]
  /// The whole file, header included.
  let bytes: [UInt8]
  /// Bytes of the header.
  var headerLength: Int { 4 + 4 * dimensions.count }
  /// The values.
  var values: ArraySlice<UInt8> { bytes[headerLength...] }

  /// Reads a file of unsigned bytes with so many dimensions.
  init(path: String, dimensions expected: Int) throws {
    try self.init(bytes: try FileContents.read(path), path: path, dimensions: expected)
  }

  /// Parses a file's unpacked bytes.
  init(bytes: [UInt8], path: String, dimensions expected: Int) throws {
    self.path = path
    self.bytes = bytes
    let header = 4 + 4 * expected
    let magic: [UInt8] = [0, 0, 8, UInt8(expected)]
    guard bytes.count < 4 || bytes.starts(with: magic) else {
      throw DatasetError.damaged(
        path,
        "wrong magic number \(bytes[..<4].hexadecimal) at byte 0: an IDX file of unsigned bytes with "
          + "\(expected) dimension\(expected == 1 ? "" : "s") starts with \(magic.hexadecimal).")
    }
    guard bytes.count >= header else {
      throw DatasetError.damaged(
        path, "\(bytes.count) bytes are too few for an IDX header of \(header).")
    }
    dimensions = (0..<expected).map { index in
      bytes[(4 + 4 * index)..<(8 + 4 * index)].reduce(0) { $0 << 8 | Int($1) }
    }
    var size = 1
    for (index, length) in dimensions.enumerated() {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow, product <= 1 << 40 else {
        throw DatasetError.damaged(
          path, "dimension \(index + 1) at byte \(4 + 4 * index) is \(length).")
      }
      size = product
    }
    guard bytes.count - header == size else {
      let text = dimensions.map(String.init).joined(separator: " × ")
      throw DatasetError.damaged(
        path,
        "\(bytes.count - header) bytes of values, but its header says \(text) = \(size). "
          + (bytes.count - header < size ? "It is cut off" : "Something follows")
          + ": fetch it again.")
    }
  }
}
