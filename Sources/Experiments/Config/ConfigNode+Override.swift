extension ConfigNode {
  /// Applies `key.path=value`, the `number`th override of the command line, to this tree: the value
  /// is read as YAML and takes the place of what stands there; missing mappings on the way are made.
  mutating func apply(override text: String, number: Int) throws(ConfigError) {
    let location = ConfigLocation(source: "--set \(number)")
    guard let equals = text.firstIndex(of: "=") else {
      throw ConfigError(
        at: location,
        "expected KEY=VALUE such as training.epochs.mnist=1, found "
          + CanonicalJSON.quoted(text))
    }
    let keys = text[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard keys.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
      throw ConfigError(
        at: location,
        "expected keys joined by dots before the \"=\", found "
          + CanonicalJSON.quoted(String(text[..<equals])))
    }
    guard keys.count <= YAMLReader.depthLimit,
      keys.allSatisfy({ $0.utf8.count <= YAMLReader.keyLimit })
    else {
      throw ConfigError(
        at: location,
        "expected at most \(YAMLReader.depthLimit) keys of \(YAMLReader.keyLimit) bytes before the \"=\""
      )
    }
    let path = keys.joined(separator: ".")
    let yaml = String(text[text.index(after: equals)...])
    let value =
      try ConfigNode(yaml: yaml, Origin(source: location.source, hasLines: false, path: path))
      ?? ConfigNode(content: .scalar("", quoted: false), location: location, path: path)
    try set(value, at: keys[...], location: location)
  }

  private mutating func set(
    _ value: ConfigNode, at keys: ArraySlice<String>, location: ConfigLocation
  ) throws(ConfigError) {
    guard let key = keys.first else {
      self = value
      return
    }
    if isNothing { content = .mapping([]) }
    guard case .mapping(var entries) = content else {
      throw ConfigError(
        at: location, key: path(of: key),
        "\(path) is \(summary) and has no keys; set \(path) as a whole")
    }
    let index = entries.index(of: key, at: location, path: path(of: key))
    entries[index].location = keys.count == 1 ? location : entries[index].location
    try entries[index].value.set(value, at: keys.dropFirst(), location: location)
    content = .mapping(entries)
  }
}

extension [ConfigNode.Entry] {
  /// The index of a key's entry, which is added, with nothing as its value, where there is none.
  mutating func index(of key: String, at location: ConfigLocation, path: String) -> Int {
    if let known = firstIndex(where: { $0.key == key }) { return known }
    let nothing = ConfigNode(content: .scalar("", quoted: false), location: location, path: path)
    append(Element(key: key, location: location, value: nothing))
    return count - 1
  }
}
