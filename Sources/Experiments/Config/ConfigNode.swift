import Support

/// A config as it is written: scalars, lists and mappings, each with its place and its key path.
struct ConfigNode {
  /// A key of a mapping with its value.
  struct Entry {
    var key: String
    /// Whether the key is the plain word `<<`, which merges other mappings into this one.
    var isMerge = false
    var location: ConfigLocation
    var value: ConfigNode
  }

  enum Content {
    /// Text; `quoted` when the file says that it is no number, truth value or nothing.
    case scalar(String, quoted: Bool)
    case sequence([ConfigNode])
    case mapping([Entry])
  }

  var content: Content
  var location: ConfigLocation
  /// The keys that lead here: `training.epochs.mnist`, `activations[2]`.
  var path = ""

  /// The path of the value of `key` in here.
  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Whether nothing stands there: no text, `~` or `null`.
  var isNothing: Bool {
    guard case .scalar(let text, quoted: false) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  func isText(_ word: String) -> Bool {
    if case .scalar(let text, _) = content { return text == word }
    return false
  }

  /// The values of a list; one value for what is no list.
  var elements: [ConfigNode] {
    if case .sequence(let nodes) = content { return nodes }
    return [self]
  }

  /// Scalars, lists and mappings in here, this one included.
  var valueCount: Int { values.reduce(1) { $0 + $1.valueCount } }

  /// Levels of lists and mappings in here, this one included.
  var depth: Int { isScalar ? 0 : 1 + (values.map(\.depth).max() ?? 0) }

  var isScalar: Bool {
    if case .scalar = content { true } else { false }
  }

  /// Whether this is a list of lists.
  var isSequenceOfSequences: Bool {
    guard case .sequence(let nodes) = content else { return false }
    return nodes.contains { if case .sequence = $0.content { true } else { false } }
  }

  /// The values of a list or mapping.
  private var values: [ConfigNode] {
    switch content {
    case .scalar: []
    case .sequence(let nodes): nodes
    case .mapping(let entries): entries.map(\.value)
    }
  }

  /// A scalar's text in quotes, for messages.
  var quotedSummary: String {
    guard case .scalar(let text, _) = content else { return summary }
    return CanonicalJSON.quoted(text.shortened)
  }

  /// What stands there, for messages.
  var summary: String {
    switch content {
    case .scalar where isNothing: return "nothing"
    case .scalar(let text, let quoted):
      return quoted || number == nil ? quotedSummary : text.shortened
    case .sequence(let nodes):
      return nodes.isEmpty
        ? "an empty list" : "a list of \(nodes.count) \(nodes.count == 1 ? "value" : "values")"
    case .mapping(let entries):
      if entries.isEmpty { return "an empty mapping" }
      let keys = entries.prefix(4).map(\.key).joined(separator: ", ")
      return "a mapping (\(keys)\(entries.count > 4 ? ", …" : ""))"
    }
  }
}
