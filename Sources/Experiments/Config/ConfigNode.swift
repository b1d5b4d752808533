import Support

/// A config as it is written: scalars, lists and mappings, each with its place and its key path.
struct ConfigNode {
  /// A key of a mapping with its value.
  struct Entry {
    var key: String
    var location: ConfigLocation
    var value: ConfigNode
  }

  /// What stands there.
  enum Content {
    /// Text; `quoted` when the file says that it is no number, truth value or nothing.
    case scalar(String, quoted: Bool)
    case sequence([ConfigNode])
    case mapping([Entry])
  }

  var content: Content
  var location: ConfigLocation
  /// The keys that lead here: `training.epochs.mnist`, `activations[2]`.
  var path: String

  /// The path of the value of `key` in here.
  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Whether nothing stands there: no text, `~` or `null`.
  var isNothing: Bool {
    guard case .scalar(let text, quoted: false) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// Whether this is that text.
  func isText(_ word: String) -> Bool {
    if case .scalar(let text, _) = content { return text == word }
    return false
  }

  /// The values of a list; one value for what is no list.
  var elements: [ConfigNode] {
    if case .sequence(let nodes) = content { return nodes }
    return [self]
  }

  /// Whether this is a list.
  var isSequence: Bool {
    if case .sequence = content { return true }
    return false
  }

  /// Whether this is a list of lists.
  var isSequenceOfSequences: Bool {
    guard case .sequence(let nodes) = content else { return false }
    return nodes.contains(where: \.isSequence)
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
