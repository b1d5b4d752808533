import CYaml

extension ConfigNode {
  /// The text that a tree comes from.
  struct Origin {
    /// What messages call it.
    let source: String
    /// Whether messages may point to lines of it.
    var hasLines = true
    /// The key path of its root.
    var path = ""

    func location(of mark: yaml_mark_t) -> ConfigLocation {
      guard hasLines else { return ConfigLocation(source: source) }
      return ConfigLocation(source: source, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
  }

  /// The one document that `yaml` holds.
  /// - Returns: nil when there is nothing but space and comments.
  init?(yaml: String, _ origin: Origin) throws(ConfigError) {
    guard let document = try YAMLReader.document(in: yaml, of: origin) else { return nil }
    var paths = KeyPaths()
    self = try paths.added(to: document, path: origin.path)
  }
}

/// Gives nodes their key paths, and merges what `<<` names.
private struct KeyPaths {
  /// The most bytes that all of them together may have: long keys around many values.
  private var left = 1 << 24

  mutating func added(to node: ConfigNode, path: String) throws(ConfigError) -> ConfigNode {
    left -= path.utf8.count
    guard left > 0 else {
      throw ConfigError(at: node.location, "keys that are too long around too many values")
    }
    var result = node
    result.path = path
    switch node.content {
    case .scalar: break
    case .sequence(var elements):
      for index in elements.indices {
        elements[index] = try added(to: elements[index], path: "\(path)[\(index)]")
      }
      result.content = .sequence(elements)
    case .mapping(let entries):
      var entries = try Self.merged(entries, in: result)
      for index in entries.indices {
        entries[index].value = try added(
          to: entries[index].value, path: result.path(of: entries[index].key))
      }
      result.content = .mapping(entries)
    }
    return result
  }

  /// The entries of a mapping with those that its `<<` brings, which stand before its own. A key of its
  /// own goes before a merged one, and one that is merged first before later ones (YAML 1.1).
  private static func merged(
    _ entries: [ConfigNode.Entry], in node: ConfigNode
  ) throws(ConfigError) -> [ConfigNode.Entry] {
    var places: [String: ConfigNode.Entry] = [:]
    for entry in entries {
      guard let first = places.updateValue(entry, forKey: entry.key) else { continue }
      throw ConfigError(
        at: first.location, key: node.path(of: entry.key),
        "written twice in one mapping, first here"
          + (entry.location.line.map { " and again in line \($0)" } ?? "") + "; keep one of them"
          + (entry.isMerge ? ", as <<: [*a, *b]" : ""))
    }
    guard let merge = places["<<"], merge.isMerge else { return entries }
    var result: [ConfigNode.Entry] = []
    for source in merge.value.elements {
      guard case .mapping(let more) = source.content else {
        throw ConfigError(
          at: merge.location, key: node.path(of: "<<"),
          "expected a mapping, or a list of mappings, to merge, as in <<: *base")
      }
      for entry in try merged(more, in: node) where places[entry.key] == nil {
        places[entry.key] = entry
        result.append(entry)
      }
    }
    return result + entries.filter { !$0.isMerge }
  }
}
