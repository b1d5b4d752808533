// Yams has no interface to libyaml's events; its composer hashes whole keys, aliases written out.
import CYaml

/// A YAML document read from libyaml's events, so that a bound is met before any work beyond it is
/// done: nothing takes more time or memory than the length of the text deserves.
struct YAMLNode {
  /// What stands there.
  enum Content {
    /// Text; `quoted` when the file says that it is no number, truth value or nothing.
    case scalar(String, quoted: Bool)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// A key with its value.
  struct Pair {
    var key: String
    /// Whether the key is the plain word `<<`, which merges other mappings into this one.
    var isMerge: Bool
    var mark: Mark
    var value: YAMLNode
  }

  /// A line and a column, counted from 1.
  struct Mark {
    var line: Int
    var column: Int

    init(_ mark: yaml_mark_t) {
      line = Int(mark.line) + 1
      column = Int(mark.column) + 1
    }
  }

  /// What is wrong with a text.
  struct Problem: Error {
    var mark: Mark?
    var message: String
    /// What it is part of, and the line where that began.
    var context: (text: String, line: Int)?
  }

  var content: Content
  var mark: Mark
  /// Scalars, lists and mappings in here, this one included, aliases written out.
  var size = 1
  /// Levels of lists and mappings in here, this one included.
  var depth = 0

  /// The most values that a config may have, aliases written out: aliases of aliases grow
  /// exponentially.
  static let sizeLimit = 100_000
  /// The most levels of lists and mappings; configs have six.
  static let depthLimit = 64
  /// The most bytes of a key.
  static let keyLimit = 256
  /// The most `%TAG` lines, which libyaml compares with one another; configs have none.
  private static let directiveLimit = 16

  /// The one document in a text.
  /// - Returns: nil when there is nothing but space and comments.
  static func document(in yaml: String) throws(Problem) -> YAMLNode? {
    var text = yaml.unicodeScalars.first == "\u{feff}" ? String(yaml.dropFirst()) : yaml
    guard directives(in: text) <= directiveLimit else {
      throw Problem(message: "more than \(directiveLimit) %TAG lines; a config needs none")
    }
    let result = text.withUTF8 { bytes -> Result<YAMLNode?, Problem> in
      let events = YAMLEvents(bytes)
      return Result { () throws(Problem) in
        var composer = Composer(events: events)
        return try composer.document()
      }
    }
    return try result.get()
  }

  /// How many lines begin with `%TAG`. libyaml ends lines at carriage returns, U+0085, U+2028 and U+2029
  /// too; what else ends with one of their last bytes may be counted with them.
  private static func directives(in text: String) -> Int {
    let breaks: Set<UInt8> = [0x0a, 0x0d, 0x85, 0xa8, 0xa9]
    var (count, isStart) = (0, true)
    var rest = text.utf8[...]
    while let byte = rest.first {
      if isStart, byte == UInt8(ascii: "%"), rest.starts(with: "%TAG".utf8) { count += 1 }
      isStart = breaks.contains(byte)
      rest = rest.dropFirst()
    }
    return count
  }
}

/// Makes nodes of events.
private struct Composer {
  let events: YAMLEvents
  private var anchors: [String: YAMLNode] = [:]
  /// Scalars, lists and mappings so far, aliases written out.
  private var size = 0

  init(events: YAMLEvents) { self.events = events }

  mutating func document() throws(YAMLNode.Problem) -> YAMLNode? {
    _ = try events.next()
    guard case .documentStart = try events.next().kind else { return nil }
    let root = try node(from: try events.next(), level: 1)
    _ = try events.next()
    let end = try events.next()
    guard case .streamEnd = end.kind else {
      throw YAMLNode.Problem(
        mark: end.mark, message: "expected a single document, found another one")
    }
    return root
  }

  private mutating func node(
    from event: YAMLEvents.Event, level: Int
  ) throws(YAMLNode.Problem) -> YAMLNode {
    var node: YAMLNode
    switch event.kind {
    case .alias(let name):
      guard let known = anchors[name] else {
        throw YAMLNode.Problem(mark: event.mark, message: "found undefined alias *\(name)")
      }
      try count(known.size, at: event.mark)
      try check(level: level + known.depth - 1, at: event.mark)
      return known
    case .scalar(let text, let quoted):
      try count(1, at: event.mark)
      node = YAMLNode(content: .scalar(text, quoted: quoted), mark: event.mark)
    case .sequenceStart:
      node = try sequence(at: event.mark, level: level)
    case .mappingStart:
      node = try mapping(at: event.mark, level: level)
    default:
      throw YAMLNode.Problem(mark: event.mark, message: "found no value")
    }
    // Known from here on: an alias inside of its own value finds nothing.
    if let anchor = event.anchor { anchors[anchor] = node }
    return node
  }

  private mutating func sequence(
    at mark: YAMLNode.Mark, level: Int
  ) throws(YAMLNode.Problem) -> YAMLNode {
    try count(1, at: mark)
    try check(level: level, at: mark)
    var nodes: [YAMLNode] = []
    var (size, depth) = (1, 0)
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { break }
      let element = try node(from: event, level: level + 1)
      size += element.size
      depth = max(depth, element.depth)
      nodes.append(element)
    }
    return YAMLNode(content: .sequence(nodes), mark: mark, size: size, depth: depth + 1)
  }

  private mutating func mapping(
    at mark: YAMLNode.Mark, level: Int
  ) throws(YAMLNode.Problem) -> YAMLNode {
    try count(1, at: mark)
    try check(level: level, at: mark)
    var pairs: [YAMLNode.Pair] = []
    var (size, depth) = (1, 0)
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { break }
      let key = try key(from: event)
      let value = try node(from: try events.next(), level: level + 1)
      size += value.size
      depth = max(depth, value.depth)
      pairs.append(
        YAMLNode.Pair(key: key.text, isMerge: key.isMerge, mark: event.mark, value: value))
    }
    return YAMLNode(content: .mapping(pairs), mark: mark, size: size, depth: depth + 1)
  }

  private mutating func key(
    from event: YAMLEvents.Event
  ) throws(YAMLNode.Problem) -> (text: String, isMerge: Bool) {
    switch event.kind {
    case .scalar(let text, let quoted):
      guard text.utf8.count <= YAMLNode.keyLimit else {
        throw YAMLNode.Problem(
          mark: event.mark, message: "a key of more than \(YAMLNode.keyLimit) bytes")
      }
      if let anchor = event.anchor {
        anchors[anchor] = YAMLNode(content: .scalar(text, quoted: quoted), mark: event.mark)
      }
      return (text, text == "<<" && !quoted)
    case .alias(let name):
      throw YAMLNode.Problem(
        mark: event.mark, message: "a key must be one word, not the alias *\(name); write it out")
    default:
      throw YAMLNode.Problem(
        mark: event.mark, message: "a key must be one word, not a list or mapping")
    }
  }

  private mutating func count(_ more: Int, at mark: YAMLNode.Mark) throws(YAMLNode.Problem) {
    // Neither is above the limit, so this doesn't overflow.
    size += more
    guard size <= YAMLNode.sizeLimit else {
      throw YAMLNode.Problem(
        mark: mark, message: "more than \(YAMLNode.sizeLimit) values, aliases written out")
    }
  }

  private func check(level: Int, at mark: YAMLNode.Mark) throws(YAMLNode.Problem) {
    guard level <= YAMLNode.depthLimit else {
      throw YAMLNode.Problem(
        mark: mark, message: "lists and mappings in more than \(YAMLNode.depthLimit) levels")
    }
  }
}
