extension ConfigNode {
  /// The most bytes that the key paths of all values together may have: long keys around many values.
  private static let pathLimit = 1 << 24

  /// The one document that `yaml` holds.
  /// - Parameters:
  ///   - source: what messages call the text.
  ///   - hasLines: whether messages may point to lines of it.
  ///   - path: the key path of its root.
  /// - Returns: nil when there is nothing but space and comments.
  init?(yaml: String, source: String, hasLines: Bool = true, path: String = "") throws(ConfigError)
  {
    var builder = Builder(source: source, hasLines: hasLines, left: Self.pathLimit)
    let document: YAMLNode?
    do {
      document = try YAMLNode.document(in: yaml)
    } catch {
      let place = hasLines ? error.context.map { " that starts in line \($0.line)" } ?? "" : ""
      let context = error.context.map { " (\($0.text)\(place))" } ?? ""
      throw ConfigError(at: builder.location(of: error.mark), key: path, error.message + context)
    }
    guard let document else { return nil }
    self = try builder.build(document, path: path)
  }
}

/// Gives nodes their places, and merges what `<<` names.
private struct Builder {
  let source: String
  let hasLines: Bool
  /// Bytes of key paths that may still come.
  var left: Int

  func location(of mark: YAMLNode.Mark?) -> ConfigLocation {
    guard hasLines, let mark else { return ConfigLocation(source: source) }
    return ConfigLocation(source: source, line: mark.line, column: mark.column)
  }

  mutating func build(_ node: YAMLNode, path: String) throws(ConfigError) -> ConfigNode {
    let location = location(of: node.mark)
    left -= path.utf8.count
    guard left > 0 else {
      throw ConfigError(at: location, "keys that are too long around too many values")
    }
    var result = ConfigNode(content: .mapping([]), location: location, path: path)
    switch node.content {
    case .scalar(let text, let quoted): result.content = .scalar(text, quoted: quoted)
    case .sequence(let elements):
      var nodes: [ConfigNode] = []
      for (index, element) in elements.enumerated() {
        nodes.append(try build(element, path: "\(path)[\(index)]"))
      }
      result.content = .sequence(nodes)
    case .mapping(let pairs):
      var entries: [ConfigNode.Entry] = []
      for pair in try merged(pairs, path: path) {
        entries.append(
          ConfigNode.Entry(
            key: pair.key, location: self.location(of: pair.mark),
            value: try build(pair.value, path: result.path(of: pair.key))))
      }
      result.content = .mapping(entries)
    }
    return result
  }

  /// The pairs of a mapping with those that its `<<` brings, which stand before its own. A key of its
  /// own goes before a merged one, and one that is merged first before later ones (YAML 1.1).
  private func merged(
    _ pairs: [YAMLNode.Pair], path: String
  ) throws(ConfigError) -> [YAMLNode.Pair] {
    var places: [String: YAMLNode.Pair] = [:]
    for pair in pairs {
      guard let first = places.updateValue(pair, forKey: pair.key) else { continue }
      throw ConfigError(
        at: location(of: first.mark), key: path.isEmpty ? pair.key : "\(path).\(pair.key)",
        "written twice in one mapping, first here"
          + (hasLines ? " and again in line \(pair.mark.line)" : "") + "; keep one of them"
          + (pair.isMerge ? ", as <<: [*a, *b]" : ""))
    }
    guard let merge = places["<<"], merge.isMerge else { return pairs }
    var sources = [merge.value]
    if case .sequence(let listed) = merge.value.content { sources = listed }
    var result: [YAMLNode.Pair] = []
    for source in sources {
      guard case .mapping(let more) = source.content else {
        throw ConfigError(
          at: location(of: merge.mark), key: path.isEmpty ? "<<" : "\(path).<<",
          "expected a mapping, or a list of mappings, to merge, as in <<: *base")
      }
      for pair in try merged(more, path: path) where places[pair.key] == nil {
        places[pair.key] = pair
        result.append(pair)
      }
    }
    return result + pairs.filter { !$0.isMerge }
  }
}
