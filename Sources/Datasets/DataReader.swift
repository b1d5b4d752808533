import Models

/// A format whose files can be read: what `Models` describes of it becomes a data set here. That it is
/// a `DataReader` is all that a format of `DataFormats` needs.
package protocol DataReader: DataFormat {
  /// The files of a user's own data, in the format's order.
  ///
  /// - Throws: `DatasetError` where one isn't there.
  func files(of source: DataSource) throws -> [String]
  /// Reads a data set.
  ///
  /// - Parameters:
  ///   - files: in the format's order.
  ///   - source: what a config says of it.
  ///   - known: what the files must be, where the program knows the data set.
  /// - Throws: `DatasetError`.
  func read(_ files: [String], of source: DataSource, known: KnownDataset?) throws -> any Dataset
  /// The rows of a file of the user's own that has a table's columns.
  ///
  /// - Throws: `DatasetError`.
  func rows(of file: String, like table: Table, _ source: DataSource) throws -> TableRows
  /// The images of a file of the user's own.
  ///
  /// - Throws: `DatasetError`.
  func images(of file: String) throws -> ImageFile
}

extension DataReader {
  /// The paths of the source's keys.
  package func files(of source: DataSource) throws -> [String] {
    keys.filter { $0.values == .path }.compactMap { source.text($0.key) }
  }

  /// Those of a CSV file whose header names the columns.
  package func rows(of file: String, like table: Table, _ source: DataSource) throws -> TableRows {
    try table.rows(csv: file, label: source.text("label"))
  }

  /// Those of a PNG, PGM or IDX file.
  package func images(of file: String) throws -> ImageFile { try ImageFile(file) }
}

extension DataSource {
  /// What reads it.
  ///
  /// - Throws: `DatasetError` for a format that is described and isn't a `DataReader`.
  package var reader: any DataReader {
    get throws {
      guard let reader = format as? any DataReader else {
        throw DatasetError.missing("\(format.name): this version can't read data of this format.")
      }
      return reader
    }
  }
}

extension DatasetSearch {
  /// A data set: a user's own from its source, or the one of that name from where it is found, whose
  /// contents are compared with their digests.
  ///
  /// - Throws: `DatasetError`.
  package func read(_ name: String, _ source: DataSource?) throws -> any Dataset {
    let known = source == nil ? try known(name) : nil
    let source = try self.source(of: name, source)
    let reader = try source.reader
    let files = try known.map { try locate($0).files } ?? reader.files(of: source)
    return try reader.read(files, of: source, known: known)
  }

  /// A data set to train on.
  ///
  /// - Throws: `DatasetError`, also if a part of its split is empty.
  package func readToTrain(_ name: String, _ source: DataSource?) throws -> any Dataset {
    let dataset = try read(name, source)
    let shape = dataset.shape
    guard min(shape.trainCount, shape.testCount) > 0 else {
      throw DatasetError.damaged(
        dataset.path,
        "of \(shape.trainCount + shape.testCount) samples, \(shape.trainCount) are for training and "
          + "\(shape.testCount) for testing: more samples or another test-fraction are needed")
    }
    return dataset
  }

  /// What a study's report names its data by: the start of the SHA-256 of each file's unpacked
  /// contents. Those of a data set that the program knows are what they must be; it is when they are
  /// read that they are compared.
  ///
  /// - Throws: `DatasetError` where a file isn't there or can't be read.
  package func digests(of name: String, _ source: DataSource?) throws -> [String] {
    let digests: [String]
    if let source {
      digests = try source.reader.files(of: source).map { file in
        FileContents.digest(try FileContents.read(file))
      }
    } else {
      let known = try known(name)
      digests = try locate(known).files.compactMap { known.file(at: $0)?.digest }
    }
    return digests.map { String($0.prefix(16)) }
  }

  /// A user's own source, or that of the data set of that name.
  ///
  /// - Throws: `DatasetError` where there is no data set of that name.
  package func source(of name: String, _ source: DataSource?) throws -> DataSource {
    try source ?? DataSource(known(name).format, [:])
  }

  private func known(_ name: String) throws -> KnownDataset {
    guard let known = KnownDataset.named(name) else {
      throw DatasetError.missing(
        "\(name): there is no data set of this name; the known ones are "
          + "\(KnownDataset.names.joined(separator: ", ")).")
    }
    return known
  }
}

extension KnownDataset {
  /// What the file at a path must be, going by its name.
  func file(at path: String) -> File? {
    fileSets.joined().first { path.hasSuffix("/\($0.name)") || path.hasSuffix("/\($0.name).gz") }
  }

  /// Compares the unpacked contents of a file with what they must be.
  func check(_ bytes: [UInt8], path: String) throws {
    let found = FileContents.digest(bytes)
    guard let file = file(at: path), found != file.digest else { return }
    throw DatasetError.damaged(
      path,
      "its contents' SHA-256 is \(found), not \(file.digest): this is not the \(file.name) that "
        + "results are compared on. Remove it and fetch it again.")
  }
}
