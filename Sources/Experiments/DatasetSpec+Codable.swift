extension DatasetSpec {
  private enum CodingKeys: String, CodingKey {
    case name, source, folder, file, label
    case testFraction = "test_fraction"
  }
  private enum Kind: String, Codable { case builtin, idx, csv }

  /// Reads `{"name", "source": "builtin" | "idx" | "csv", …}`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    switch try values.decode(Kind.self, forKey: .source) {
    case .builtin: source = .builtin
    case .idx: source = .idx(folder: try values.decode(String.self, forKey: .folder))
    case .csv:
      source = .csv(
        file: try values.decode(String.self, forKey: .file),
        label: try values.decode(String.self, forKey: .label),
        testFraction: try values.decode(Double.self, forKey: .testFraction))
    }
  }

  /// Writes `{"name", "source": "builtin" | "idx" | "csv", …}` with the keys of that source.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    switch source {
    case .builtin: try values.encode(Kind.builtin, forKey: .source)
    case .idx(let folder):
      try values.encode(Kind.idx, forKey: .source)
      try values.encode(folder, forKey: .folder)
    case .csv(let file, let label, let testFraction):
      try values.encode(Kind.csv, forKey: .source)
      try values.encode(file, forKey: .file)
      try values.encode(label, forKey: .label)
      try values.encode(testFraction, forKey: .testFraction)
    }
  }
}
