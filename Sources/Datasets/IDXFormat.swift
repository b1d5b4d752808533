import Models
import Support

extension IDXFormat: DataReader {
  package func files(of source: DataSource) throws -> [String] {
    try Self.fileNames.map { name in
      guard let file = DatasetSearch.file(name, in: source.place) else {
        throw DatasetError.missing(
          "\(source.place): no \(name) or \(name).gz there; four IDX files are needed: "
            + "\(Self.fileNames.joined(separator: ", ")).")
      }
      return file
    }
  }

  package func read(
    _ paths: [String], of source: DataSource, known: KnownDataset?
  ) throws -> any Dataset {
    let files = try paths.enumerated().map { index, path in
      let bytes = try FileContents.read(path, limit: FileContents.imagesLimit)
      // The format first: its errors say more than a digest's.
      let file = try IDXFile(bytes: bytes, path: path, dimensions: index % 2 == 0 ? 3 : 1)
      try known?.check(bytes, path: path)
      return file
    }
    let (train, test) = (files[0].dimensions, files[2].dimensions)
    guard train[1...] == test[1...] else {
      throw DatasetError.damaged(
        files[2].path,
        "images of \(test[1]) × \(test[2]), but the training images are \(train[1]) × \(train[2]).")
    }
    let classes = try known?.classNames.count ?? Self.classes(files[1])
    for (images, labels) in [(files[0], files[1]), (files[2], files[3])] {
      try Self.check(labels, belongTo: images, classes: classes)
    }
    return ImageDataset(
      layout: ImageLayout(
        count: train[0] + test[0], input: ImageShape(height: train[1], width: train[2]),
        classNames: known?.classNames ?? (0..<classes).map(String.init),
        split: .given(trainCount: train[0])),
      pixels: [files[0].values, files[2].values], labels: Array(files[1].values) + files[3].values,
      path: known == nil ? source.place : files[0].path)
  }

  private static func classes(_ labels: IDXFile) throws -> Int {
    let classes = Int(labels.values.max() ?? 0) + 1
    guard classes >= 2 else {
      throw DatasetError.damaged(labels.path, "all labels are 0: at least two classes are needed.")
    }
    return classes
  }

  private static func check(_ labels: IDXFile, belongTo images: IDXFile, classes: Int) throws {
    guard labels.dimensions[0] == images.dimensions[0] else {
      throw DatasetError.damaged(
        labels.path,
        "\(labels.dimensions[0]) labels for the \(images.dimensions[0]) images in \(images.path).")
    }
    if let index = labels.values.firstIndex(where: { Int($0) >= classes }) {
      throw DatasetError.damaged(
        labels.path,
        "label \(labels.values[index]) at byte \(index); the training labels are 0 to \(classes - 1)."
      )
    }
  }
}

/// A file in the IDX format of MNIST: two zero bytes, a type, the number of dimensions, each
/// dimension as a big-endian 32-bit number, then the values; here always unsigned bytes.
package struct IDXFile {
  let path: String
  /// Lengths, the outermost first.
  let dimensions: [Int]
  /// The bytes behind the header, with their places in the file as indices.
  let values: ArraySlice<UInt8>

  /// Parses a file's unpacked bytes.
  package init(bytes: [UInt8], path: String, dimensions expected: Int) throws {
    self.path = path
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
    values = bytes[header...]
    var size = 1
    for (index, length) in dimensions.enumerated() {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow, product <= 1 << 40 else {
        throw DatasetError.damaged(
          path, "dimension \(index + 1) at byte \(4 + 4 * index) is \(length).")
      }
      size = product
    }
    guard values.count == size else {
      let text = dimensions.map(String.init).joined(separator: " × ")
      throw DatasetError.damaged(
        path,
        "\(values.count) bytes of values, but its header says \(text) = \(size). "
          + (values.count < size ? "It is cut off" : "Something follows")
          + ": fetch it again.")
    }
  }
}
