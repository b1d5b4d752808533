/// Images of one channel and size from a file of a user's own.
package struct ImageFile: Sendable {
  package let height: Int
  package let width: Int
  /// Brightness 0...1, one image after another, row by row.
  package let brightness: [Float]
  package var count: Int { brightness.count / (height * width) }
}

extension ImageFile {
  static let largestSide = 1 << 14

  /// Images from an IDX file of three dimensions, a PNG file or a PGM file (`P2` or `P5`), plain or
  /// gzip.
  ///
  /// - Throws: `DatasetError`.
  package init(_ path: String) throws {
    try self.init(bytes: try FileContents.read(path), path: path)
  }

  /// The same from the file's unpacked bytes.
  package init(bytes: [UInt8], path: String) throws {
    switch bytes.prefix(2) {
    case [0, 0]:
      let file = try IDXFile(bytes: bytes, path: path, dimensions: 3)
      self.init(height: file.dimensions[1], width: file.dimensions[2], grey: file.values)
    case [UInt8(ascii: "P"), UInt8(ascii: "2")], [UInt8(ascii: "P"), UInt8(ascii: "5")]:
      try self.init(pgm: bytes, path: path)
    case [0x89, UInt8(ascii: "P")]: try self.init(png: bytes, path: path)
    default:
      throw DatasetError.damaged(
        path,
        "neither a PNG or PGM image nor an IDX file of images. Convert other formats to PNG first.")
    }
  }

  init(height: Int, width: Int, grey: some Sequence<UInt8>) {
    self.init(height: height, width: width, brightness: grey.map { Float($0) * (1 / 255) })
  }

  /// A grey image in Netpbm's PGM format: `P2` (decimal numbers) or `P5` (bytes, or big-endian words
  /// above 255), width, height and the largest value, with comments from # to the line's end.
  private init(pgm bytes: [UInt8], path: String) throws {
    var reader = NetpbmReader(bytes: bytes, position: 2)
    func header(_ what: String, _ limit: Int) throws -> Int {
      guard let value = reader.number(), value >= 1, value <= limit else {
        throw DatasetError.damaged(
          path,
          "the PGM header's \(what) at byte \(reader.position) isn't a number from 1 to \(limit).")
      }
      return value
    }
    let width = try header("width", Self.largestSide)
    let height = try header("height", Self.largestSide)
    let largest = try header("largest value", 65535)
    let count = width * height
    let values =
      bytes[1] == UInt8(ascii: "2")
      ? reader.numbers(count) : reader.bytes(count, wide: largest > 255)
    guard let values else {
      throw DatasetError.damaged(path, "it ends before its \(width) × \(height) values do.")
    }
    if let bad = values.first(where: { $0 > largest }) {
      throw DatasetError.damaged(path, "a value of \(bad); its header says at most \(largest).")
    }
    let scale = 1 / Float(largest)
    self.init(height: height, width: width, brightness: values.map { Float($0) * scale })
  }
}

/// Reads the numbers of a Netpbm file.
private struct NetpbmReader {
  let bytes: [UInt8]
  var position: Int

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// The next decimal number, with the white space and comments before it; nil where there is none.
  mutating func number() -> Int? {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != 10 { position += 1 }
      } else if !Self.isSpace(bytes[position]) {
        break
      } else {
        position += 1
      }
    }
    var value: Int?
    while position < bytes.count, (48...57).contains(bytes[position]) {
      // Far above what any field may be, and far from overflow.
      value = min((value ?? 0) * 10 + Int(bytes[position] - 48), 1 << 40)
      position += 1
    }
    return value
  }

  /// So many decimal numbers.
  mutating func numbers(_ count: Int) -> [Int]? {
    // Each takes two bytes but the last.
    guard bytes.count - position >= 2 * count - 1 else { return nil }
    var values: [Int] = []
    values.reserveCapacity(count)
    while values.count < count {
      guard let value = number() else { return nil }
      values.append(value)
    }
    return values
  }

  /// So many binary values behind one white space.
  mutating func bytes(_ count: Int, wide: Bool) -> [Int]? {
    let start = position + 1
    let size = wide ? 2 : 1
    guard bytes.count - start >= count * size else { return nil }
    return (0..<count).map { index in
      let at = start + index * size
      return wide ? Int(bytes[at]) << 8 | Int(bytes[at + 1]) : Int(bytes[at])
    }
  }
}
