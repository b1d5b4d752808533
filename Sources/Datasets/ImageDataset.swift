/// Counts and shape of a set of images.
public struct ImageLayout: Hashable, Codable, Sendable {
  /// Images to train on.
  public let trainCount: Int
  /// Images to test on.
  public let testCount: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// Names of the classes, by number.
  public let classNames: [String]
  /// Pixels of an image.
  public var pixels: Int { height * width }
}

/// Images of one channel with labels, read from four IDX files and checked.
public struct ImageDataset: Sendable {
  /// Counts and shape.
  public let layout: ImageLayout
  private let files: [IDXFile]

  /// One of the known data sets, from where it is found; its contents are compared with their digests.
  ///
  /// - Throws: `DatasetError`.
  public init(_ known: KnownDataset, search: DatasetSearch) throws {
    let place = try search.locate(known)
    try self.init(files: place.files, known: known)
  }

  /// A user's own: the four IDX files of a folder, plain or gzip, named as MNIST's.
  ///
  /// - Throws: `DatasetError`.
  public init(folder: String) throws {
    let files = try KnownDataset.imageFileNames.map { name in
      guard let file = DatasetSearch.file(name, in: folder) else {
        throw DatasetError.missing(
          "\(folder): no \(name) or \(name).gz there; four IDX files are needed: "
            + "\(KnownDataset.imageFileNames.joined(separator: ", ")).")
      }
      return file
    }
    try self.init(files: files, known: nil)
  }

  init(files paths: [String], known: KnownDataset?) throws {
    files = try paths.enumerated().map { index, path in
      let bytes = try FileContents.read(path, limit: FileContents.imagesLimit)
      // The format first: its errors say more than a digest's.
      let file = try IDXFile(bytes: bytes, path: path, dimensions: index % 2 == 0 ? 3 : 1)
      if let known { try Self.check(bytes, path: path, against: known.files[index]) }
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
    layout = ImageLayout(
      trainCount: train[0], testCount: test[0], height: train[1], width: train[2],
      classNames: known?.classNames ?? (0..<classes).map(String.init))
  }

  /// Brightness 0...255 of the training images, one after another, row by row.
  public var trainPixels: ArraySlice<UInt8> { files[0].values }
  /// Classes of the training images.
  public var trainLabels: ArraySlice<UInt8> { files[1].values }
  /// Brightness of the test images.
  public var testPixels: ArraySlice<UInt8> { files[2].values }
  /// Classes of the test images.
  public var testLabels: ArraySlice<UInt8> { files[3].values }

  static func check(_ bytes: [UInt8], path: String, against file: KnownDataset.File) throws {
    let found = FileContents.digest(bytes)
    guard found == file.digest else {
      throw DatasetError.damaged(
        path,
        "its contents' SHA-256 is \(found), not \(file.digest): this is not the \(file.name) that "
          + "results are compared on. Remove it and fetch it again.")
    }
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
        "label \(labels.bytes[index]) at byte \(index); the training labels are 0 to \(classes - 1)."
      )
    }
  }
}
