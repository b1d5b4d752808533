/// What a study's report names its data by: the start of the SHA-256 of each file's unpacked contents.
public enum DatasetDigests {
  private static func short(_ digest: String) -> String { String(digest.prefix(16)) }

  /// Of the files of a known data set that a study reads here; they are compared with the whole digests
  /// when they are read.
  ///
  /// - Throws: `DatasetError`, missing.
  public static func known(_ dataset: KnownDataset, search: DatasetSearch) throws -> [String] {
    let files = try search.locate(dataset).files
    let isScikitLearns = files.first?.hasSuffix(KnownDataset.breastCancer.name) == true
    return (isScikitLearns ? [KnownDataset.breastCancer] : dataset.files)
      .map { short($0.digest) }
  }

  /// Of the four IDX files in a folder: training images and labels, test images and labels.
  ///
  /// - Throws: `DatasetError` where one isn't there or can't be read.
  public static func images(folder: String) throws -> [String] {
    try KnownDataset.imageFileNames.map { name in
      try file(DatasetSearch.file(name, in: folder) ?? "\(folder)/\(name)")
    }
  }

  /// Of one file.
  ///
  /// - Throws: `DatasetError` where it isn't there or can't be read.
  public static func file(_ path: String) throws -> String {
    short(FileContents.digest(try FileContents.read(path)))
  }
}
