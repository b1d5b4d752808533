import Foundation
import Models
import Support

extension ConfigReader {
  /// The most data sets of a study.
  private static let datasetLimit = 1000

  /// The data sets of a config: built-in names, and a user's own as mappings.
  /// - Parameter base: the folder that relative paths start from.
  func datasets(_ node: ConfigNode, base: String) -> [DatasetSpec]? {
    let elements = node.elements
    guard (1...Self.datasetLimit).contains(elements.count) else {
      return reject(node, "expected 1 to \(Self.datasetLimit) data sets, found \(node.summary)")
    }
    var result: [DatasetSpec] = []
    var names: Set<String> = []
    for element in elements {
      guard let dataset = dataset(element, base: base) else { continue }
      if !names.insert(dataset.name).inserted {
        report(
          element, "a second data set called \(dataset.name); give each a name of its own")
      } else {
        result.append(dataset)
      }
    }
    return result.count == elements.count ? result : nil
  }

  private func dataset(_ node: ConfigNode, base: String) -> DatasetSpec? {
    guard case .mapping(let entries) = node.content else {
      return name(node, among: KnownDataset.names, what: "data set").map { name in
        DatasetSpec(name: name)
      }
    }
    let formats = DataFormats.own.filter { format in entries.contains { $0.key == format.name } }
    guard let format = formats.first, formats.count == 1 else {
      let forms = DataFormats.own.map { format in
        "{name: …, " + format.keys.map { "\($0.key): \($0.placeholder)" }.joined(separator: ", ")
          + "}"
      }
      return reject(node, expected: forms.joined(separator: " or "))
    }
    let keys = ["name"] + format.keys.map(\.key)
    guard let values = mapping(node, keys: keys, expected: "a data set") else { return nil }
    let name = required("name", of: node, values).flatMap(ownName)
    var source = DataSource(format, [:])
    for key in format.keys {
      source.values[key.key] = value(of: key, in: node, values, base: base)
    }
    guard let name, source.values.count == format.keys.count else { return nil }
    return DatasetSpec(name: name, source: source)
  }

  private func value(
    of key: DataKey, in node: ConfigNode, _ values: [String: ConfigNode], base: String
  ) -> DataSource.Value? {
    if let setting = key.setting {
      return (values[key.key].map { value($0, of: setting) } ?? setting.defaultValue)
        .flatMap(Double.init).map { .number($0) }
    }
    return required(key.key, of: node, values).flatMap { text($0, expected: key.expectation) }.map {
      .text(key.values == .path ? absolutePath($0, base: base) : $0)
    }
  }

  /// The value of a key that must be there.
  func required(
    _ key: String, of node: ConfigNode, _ values: [String: ConfigNode]
  ) -> ConfigNode? {
    guard let value = values[key] else {
      return reject(node.location, node.path(of: key), "expected this key, found none")
    }
    return value
  }

  /// A name for a user's data set: one that can stand in key paths and tables.
  private func ownName(_ node: ConfigNode) -> String? {
    guard let name = text(node, expected: "a name") else { return nil }
    if KnownDataset.names.contains(name) || name == "default" {
      return reject(node, "\(name) has a meaning of its own here; choose another name")
    }
    guard isSafeName(name), !name.contains(".") else {
      return reject(node, expected: "a name of letters, digits, \"-\" and \"_\"")
    }
    return name
  }
}

/// Whether `name` can name a folder anywhere: it starts with a letter or digit, continues with those,
/// `-`, `_` and `.`, and has at most 100 characters.
func isSafeName(_ name: String) -> Bool {
  name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,99}/) != nil
}

/// `path` as it is when absolute, else below `base`; `.` and `..` resolved, `~` expanded.
func absolutePath(_ path: String, base: String) -> String {
  let expanded = (path as NSString).expandingTildeInPath
  let full = expanded.hasPrefix("/") ? expanded : base + "/" + expanded
  return URL(fileURLWithPath: full).standardizedFileURL.path
}
