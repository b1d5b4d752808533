import Models

/// What a check of a data set's files found.
package struct DatasetCheck: Hashable, Codable, Sendable {
  package let dataset: String
  /// Where it was found, if it was.
  package let path: String?
  /// What is wrong, or nil where everything is right.
  package let problem: String?
  /// Whether it is merely not there.
  package let isMissing: Bool

  /// Reads a known data set as a study would, and compares its contents with their digests.
  package init(_ known: KnownDataset, search: DatasetSearch) {
    dataset = known.name
    path = try? search.locate(known).path
    do {
      _ = try search.read(known.name, nil)
      (problem, isMissing) = (nil, false)
    } catch {
      (problem, isMissing) = ("\(error)", (error as? DatasetError)?.isMissing == true)
    }
  }
}
