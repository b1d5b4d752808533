import Models
import Support

extension NPYFormat: DataReader {
  /// Bytes of height and width are images; any other numbers are a table, whose rows may have a height
  /// and a width too.
  package func read(
    _ files: [String], of source: DataSource, known: KnownDataset?
  ) throws -> any Dataset {
    let features = try NPYFile(bytes: FileContents.read(files[0]), path: files[0])
    let classes = try NPYFile(bytes: FileContents.read(files[1]), path: files[1]).classes()
    let input = try features.sampleShape()
    guard classes.labels.count == features.shape[0] else {
      throw DatasetError.damaged(
        files[1],
        "\(classes.labels.count) labels for the \(features.shape[0]) samples in \(files[0]).")
    }
    let split = Split.drawn(testFraction: source.testFraction ?? 0)
    if features.isOfImages {
      return ImageDataset(
        layout: ImageLayout(
          count: classes.labels.count, input: input, classNames: classes.names,
          split: split),
        pixels: [features.values], labels: classes.labels, path: files[0])
    }
    return Table(
      columnNames: input.height == 1
        ? (0..<input.width).map(String.init)
        : (0..<input.count).map { "(\($0 / input.width), \($0 % input.width))" },
      features: try features.numbers(), labels: classes.labels, classNames: classes.names,
      input: input, split: split, path: files[0], lines: nil)
  }

  /// Those of an array without classes.
  package func rows(of file: String, like table: Table, _ source: DataSource) throws -> TableRows {
    let array = try NPYFile(bytes: FileContents.read(file), path: file)
    let shape = try array.sampleShape()
    guard shape == table.input else {
      throw DatasetError.damaged(file, "samples of \(shape), but the table's are \(table.input).")
    }
    return TableRows(
      path: file, features: try array.numbers(), labels: nil, lines: nil, count: array.shape[0])
  }

  package func images(of file: String) throws -> ImageFile {
    let bytes = try FileContents.read(file)
    guard bytes.starts(with: NPYFile.magic) else { return try ImageFile(bytes: bytes, path: file) }
    let array = try NPYFile(bytes: bytes, path: file)
    let shape = try array.sampleShape()
    guard array.isOfImages else {
      throw DatasetError.damaged(
        file, "the model takes images: an array of uint8 with three dimensions is needed.")
    }
    return ImageFile(height: shape.height, width: shape.width, grey: array.values)
  }
}

/// An array in NumPy's format (NEP 1): a magic number, a version, the header's length, and the header,
/// which is a dictionary as Python writes it; then the values, in C's order. Objects, which would be
/// pickled, are never read.
package struct NPYFile {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// As NumPy itself reads by default.
  private static let longestHeader = 10_000
  /// More values than any network takes of a sample.
  private static let largestSample = 1 << 20

  let path: String
  /// Lengths, the outermost first.
  package let shape: [Int]
  let values: ArraySlice<UInt8>
  private let type: ElementType

  /// Parses a file's unpacked bytes.
  package init(bytes: [UInt8], path: String) throws {
    self.path = path
    guard bytes.starts(with: Self.magic), bytes.count >= 10 else {
      throw DatasetError.damaged(path, "it isn't an array that numpy.save wrote.")
    }
    guard (1...3).contains(bytes[6]) else {
      throw DatasetError.damaged(path, "version \(bytes[6]) of NumPy's format; 1 to 3 are read.")
    }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<min(start, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.longestHeader, start + length <= bytes.count else {
      throw DatasetError.damaged(
        path,
        "a header of \(length) bytes; at most \(Self.longestHeader), and no more than there are, "
          + "are read.")
    }
    var reader = HeaderReader(rest: bytes[start..<start + length])
    guard let header = reader.header() else {
      throw DatasetError.damaged(
        path,
        "its header isn't a dictionary of descr, fortran_order and shape as NumPy writes one for "
          + "plain arrays.")
    }
    shape = header.shape
    type = try ElementType(header.type, path: path)
    guard !header.isFortran || shape.count < 2 else {
      throw DatasetError.damaged(
        path, "it is in Fortran's order: save numpy.ascontiguousarray of it.")
    }
    values = bytes[(start + length)...]
    guard values.count == product(shape + [type.size]) else {
      throw DatasetError.damaged(
        path,
        "\(values.count) bytes of values, but its header says "
          + "\(shape.map(String.init).joined(separator: " × ")) of \(type.size) bytes each.")
    }
  }

  /// Whether it holds the bytes of images.
  var isOfImages: Bool { shape.count == 3 && type.kind == "u" && type.size == 1 }

  /// One of the samples along the first dimension.
  package func sampleShape() throws -> ImageShape {
    guard (2...3).contains(shape.count), !shape.contains(0) else {
      throw DatasetError.damaged(
        path,
        "the shape (\(shape.map(String.init).joined(separator: ", "))): samples × features, or "
          + "samples × height × width, are needed.")
    }
    let size = product(shape[1...])
    guard (1...Self.largestSample).contains(size) else {
      throw DatasetError.damaged(
        path, "\(size) values in a sample; at most \(Self.largestSample) are read.")
    }
    return ImageShape(height: shape.count == 3 ? shape[1] : 1, width: shape[shape.count - 1])
  }

  /// The values as numbers, all of them finite.
  package func numbers() throws -> [Double] {
    let numbers: [Double] = try elements { element in
      switch (type.kind, type.size) {
      case ("f", 4): Double(Float(bitPattern: UInt32(truncatingIfNeeded: element)))
      case ("f", 8): Double(bitPattern: element)
      case ("i", _): Double(Self.signed(element, size: type.size))
      case ("u", _), ("b", _): Double(element)
      default: nil
      }
    }
    if let bad = numbers.firstIndex(where: { !$0.isFinite }) {
      let size = shape[1...].reduce(1, *)
      throw DatasetError.damaged(
        path,
        "row \(bad / size), value \(bad % size): a finite number is needed, found "
          + "'\(numbers[bad])'.")
    }
    return numbers
  }

  /// The values as classes: whole numbers or text, numbered in their order.
  package func classes() throws -> (labels: [UInt8], names: [String]) {
    guard shape.count == 1 else {
      throw DatasetError.damaged(
        path, "\(shape.count) dimensions: a class for each sample is needed, in one dimension.")
    }
    if type.kind == "U" {
      let texts = try texts()
      return try number(texts, Set(texts).sorted()) { $0 }
    }
    let numbers: [Int64] = try elements { element in
      switch type.kind {
      case "i": Self.signed(element, size: type.size)
      case "u", "b": Int64(exactly: element)
      default: nil
      }
    }
    return try number(numbers, Set(numbers).sorted()) { String($0) }
  }

  private func number<Value: Hashable>(
    _ values: [Value], _ sorted: [Value], _ name: (Value) -> String
  ) throws -> (labels: [UInt8], names: [String]) {
    guard (2...256).contains(sorted.count) else {
      throw DatasetError.damaged(
        path, "\(sorted.count) different values; 2 to 256 classes are needed.")
    }
    let numbers = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, UInt8($0)) })
    return (values.compactMap { numbers[$0] }, sorted.map(name))
  }

  /// Texts of UTF-32, filled up with zeros.
  private func texts() throws -> [String] {
    let characters: [Unicode.Scalar] = try elements(of: 4) {
      Unicode.Scalar(UInt32(truncatingIfNeeded: $0))
    }
    let length = type.size / 4
    return stride(from: 0, to: characters.count, by: length).map { first in
      let text = characters[first..<first + length]
      let end = text.lastIndex { $0.value != 0 }.map { $0 + 1 } ?? first
      return String(String.UnicodeScalarView(text[first..<end]))
    }
  }

  /// Each value's bits, low byte first, as something else; nil is what can't be used.
  private func elements<Value>(
    of size: Int? = nil, _ value: (UInt64) -> Value?
  ) throws -> [Value] {
    let size = size ?? type.size
    return try values.withUnsafeBytes { bytes in
      try stride(from: 0, to: bytes.count, by: size).map { first in
        var bits: UInt64 = 0
        for offset in 0..<size {
          bits = bits << 8 | UInt64(bytes[first + (type.isBigEndian ? offset : size - 1 - offset)])
        }
        guard let value = value(bits) else {
          throw DatasetError.damaged(path, "values of the type \(type.name) can't be used here.")
        }
        return value
      }
    }
  }

  private static func signed(_ bits: UInt64, size: Int) -> Int64 {
    let unused = 64 - 8 * size
    return Int64(bitPattern: bits << unused) >> unused
  }
}

/// The type of an array's values: `<f8`.
private struct ElementType {
  let name: String
  let kind: Character
  let size: Int
  let isBigEndian: Bool

  init(_ name: String, path: String) throws {
    self.name = name
    let kind = name.dropFirst().first ?? " "
    guard kind != "O" else {
      throw DatasetError.damaged(
        path,
        "it holds Python objects, which could run code when loaded, so it isn't read: save an "
          + "array of numbers, or of text with astype('U').")
    }
    let digits = name.dropFirst(2)
    let length = digits.count <= 4 ? Int(digits) ?? 0 : 0
    let sizes: [Character: Set<Int>] = [
      "b": [1], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "f": [4, 8], "U": Set(1...9999),
    ]
    guard "<>|=".contains(name.first ?? " "), sizes[kind]?.contains(length) == true else {
      throw DatasetError.damaged(
        path,
        "values of the type '\(name.shortened)'; whole numbers, float32 and float64 are read, and "
          + "text as classes. Convert it with astype.")
    }
    self.kind = kind
    size = kind == "U" ? 4 * length : length
    isBigEndian = name.first == ">"
  }
}

/// Reads the header's dictionary; nil is what NumPy doesn't write.
private struct HeaderReader {
  var rest: ArraySlice<UInt8>

  mutating func header() -> (type: String, isFortran: Bool, shape: [Int])? {
    var (type, isFortran, shape): (String?, Bool?, [Int]?)
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = text(), take(":") else { return nil }
      switch key {
      case "descr" where type == nil: type = text()
      case "fortran_order" where isFortran == nil:
        isFortran = take("True") ? true : take("False") ? false : nil
      case "shape" where shape == nil: shape = sizes()
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard rest.isEmpty, let type, let isFortran, let shape else { return nil }
    return (type, isFortran, shape)
  }

  private mutating func skipSpace() { rest = rest.drop { $0 == 32 || $0 == 10 } }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  private mutating func text() -> String? {
    skipSpace()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
      let end = rest.dropFirst().firstIndex(of: quote)
    else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(validating: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
  }

  private mutating func sizes() -> [Int]? {
    guard take("(") else { return nil }
    var sizes: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = rest.prefix { (48...57).contains($0) }
      guard let size = Int(String(decoding: digits, as: UTF8.self)), sizes.count < 32 else {
        return nil
      }
      rest = rest[digits.endIndex...]
      sizes.append(size)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return sizes
  }
}
