// Yams has no interface to libyaml's events; its composer hashes whole keys, aliases written out.
import CYaml
import Support

/// Reads a YAML document from libyaml's events, so that a bound is met before any work beyond it is
/// done: nothing takes more time or memory than the length of the text deserves.
final class YAMLReader {
  private struct Event {
    var type: yaml_event_type_t
    var mark: yaml_mark_t
    /// Of an alias, the name that it refers to.
    var anchor: String?
    var text = ""
    var isQuoted = false
  }

  /// The most values that a config may have, aliases written out: aliases of aliases grow
  /// exponentially.
  private static let sizeLimit = 100_000
  /// The most levels of lists and mappings; configs have six.
  static let depthLimit = 64
  static let keyLimit = 256
  /// The most `%TAG` lines, which libyaml compares with one another; configs have none.
  private static let directiveLimit = 16

  private let origin: ConfigNode.Origin
  private let bytes: UnsafeBufferPointer<UInt8>
  /// libyaml keeps its address.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var anchors: [String: ConfigNode] = [:]
  /// Scalars, lists and mappings so far, aliases written out.
  private var size = 0

  /// The one document in a text, without its key paths.
  /// - Returns: nil when there is nothing but space and comments.
  static func document(
    in yaml: String, of origin: ConfigNode.Origin
  ) throws(ConfigError) -> ConfigNode? {
    var text = yaml.unicodeScalars.first == "\u{feff}" ? String(yaml.dropFirst()) : yaml
    guard directives(in: text) <= directiveLimit else {
      throw ConfigError(
        at: ConfigLocation(source: origin.source), key: origin.path,
        "more than \(directiveLimit) %TAG lines; a config needs none")
    }
    let result = text.withUTF8 { bytes in
      Result { () throws(ConfigError) in try YAMLReader(bytes, origin).document() }
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

  /// A reader of a text in UTF-8, which has to outlive it.
  private init(_ bytes: UnsafeBufferPointer<UInt8>, _ origin: ConfigNode.Origin) {
    self.bytes = bytes
    self.origin = origin
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // Fails for want of memory alone; the first event tells then.
    _ = yaml_parser_initialize(parser)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  private func document() throws(ConfigError) -> ConfigNode? {
    _ = try next()
    guard try next().type == YAML_DOCUMENT_START_EVENT else { return nil }
    let root = try node(from: try next(), level: 1)
    _ = try next()
    if let end = try next(before: YAML_STREAM_END_EVENT) {
      throw error("expected a single document, found another one", at: end.mark)
    }
    return root
  }

  private func node(from event: Event, level: Int) throws(ConfigError) -> ConfigNode {
    var node = ConfigNode(content: .mapping([]), location: origin.location(of: event.mark))
    switch event.type {
    case YAML_ALIAS_EVENT:
      let name = event.anchor ?? ""
      guard let known = anchors[name] else {
        throw error("found undefined alias *\(name)", at: event.mark)
      }
      try count(known.valueCount, level: level + known.depth - 1, at: event.mark)
      return known
    case YAML_SCALAR_EVENT:
      try count(1, level: level - 1, at: event.mark)
      node.content = .scalar(event.text, quoted: event.isQuoted)
    case YAML_SEQUENCE_START_EVENT:
      try count(1, level: level, at: event.mark)
      var elements: [ConfigNode] = []
      while let event = try next(before: YAML_SEQUENCE_END_EVENT) {
        elements.append(try self.node(from: event, level: level + 1))
      }
      node.content = .sequence(elements)
    case YAML_MAPPING_START_EVENT:
      try count(1, level: level, at: event.mark)
      var entries: [ConfigNode.Entry] = []
      while let key = try next(before: YAML_MAPPING_END_EVENT) {
        try check(key: key)
        entries.append(
          ConfigNode.Entry(
            key: key.text, isMerge: key.text == "<<" && !key.isQuoted,
            location: origin.location(of: key.mark),
            value: try self.node(from: try next(), level: level + 1)))
      }
      node.content = .mapping(entries)
    default: throw error("found no value", at: event.mark)
    }
    // Known from here on: an alias inside of its own value finds nothing.
    if let anchor = event.anchor { anchors[anchor] = node }
    return node
  }

  private func check(key: Event) throws(ConfigError) {
    guard key.type == YAML_SCALAR_EVENT else {
      let what =
        key.type == YAML_ALIAS_EVENT
        ? "the alias *\(key.anchor ?? ""); write it out" : "a list or mapping"
      throw error("a key must be one word, not \(what)", at: key.mark)
    }
    guard key.text.utf8.count <= Self.keyLimit else {
      throw error("a key of more than \(Self.keyLimit) bytes", at: key.mark)
    }
    if let anchor = key.anchor {
      anchors[anchor] = ConfigNode(
        content: .scalar(key.text, quoted: key.isQuoted), location: origin.location(of: key.mark))
    }
  }

  /// Counts values, with lists and mappings down to a level.
  private func count(_ more: Int, level: Int, at mark: yaml_mark_t) throws(ConfigError) {
    // Neither is above the limit, so this doesn't overflow.
    size += more
    guard size <= Self.sizeLimit else {
      throw error("more than \(Self.sizeLimit) values, aliases written out", at: mark)
    }
    guard level <= Self.depthLimit else {
      throw error("lists and mappings in more than \(Self.depthLimit) levels", at: mark)
    }
  }

  /// The next event; nil if it is an end.
  private func next(before end: yaml_event_type_t) throws(ConfigError) -> Event? {
    let event = try next()
    return event.type == end ? nil : event
  }

  private func next() throws(ConfigError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    var result = Event(type: event.type, mark: event.start_mark)
    switch event.type {
    case YAML_ALIAS_EVENT: result.anchor = Self.text(event.data.alias.anchor)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let tag = try tag(
        scalar.tag, among: ["str", "int", "float", "bool", "null", "merge"], at: result.mark)
      result.text = String(decoding: text, as: UTF8.self)
      // `!!str 16` is a text and `!!int "16"` a number, as YAML has it.
      result.isQuoted =
        tag.map { ["!", "str"].contains($0) } ?? (scalar.style != YAML_PLAIN_SCALAR_STYLE)
      result.anchor = Self.text(scalar.anchor)
    case YAML_SEQUENCE_START_EVENT:
      _ = try tag(event.data.sequence_start.tag, among: ["seq"], at: result.mark)
      result.anchor = Self.text(event.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT:
      _ = try tag(event.data.mapping_start.tag, among: ["map"], at: result.mark)
      result.anchor = Self.text(event.data.mapping_start.anchor)
    default: break
    }
    return result
  }

  /// A tag's name: `str` for `!!str`.
  private func tag(
    _ characters: UnsafePointer<yaml_char_t>?, among known: [String], at mark: yaml_mark_t
  ) throws(ConfigError) -> String? {
    let prefix = "tag:yaml.org,2002:"
    guard let tag = Self.text(characters), tag != "!" else { return Self.text(characters) }
    let name = String(tag.dropFirst(prefix.count))
    guard tag.hasPrefix(prefix), known.contains(name) else {
      let shown = tag.hasPrefix(prefix) ? "!!\(name)" : tag
      throw error("the tag \(shown.shortened) means nothing here; leave it out", at: mark)
    }
    return name
  }

  private static func text(_ characters: UnsafePointer<yaml_char_t>?) -> String? {
    characters.map { String(cString: $0) }
  }

  private func problem() -> ConfigError {
    let state = parser.pointee
    let text = state.problem.map { String(cString: $0) } ?? "no memory is left"
    guard state.error == YAML_READER_ERROR else {
      let place = origin.hasLines ? " that starts in line \(state.context_mark.line + 1)" : ""
      let context = state.context.map { " (\(String(cString: $0))\(place))" } ?? ""
      return error("expected YAML; \(text)\(context)", at: state.problem_mark)
    }
    let before = bytes.prefix(state.problem_offset).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var mark = yaml_mark_t()
    mark.line = before.count - 1
    mark.column = before.last.map { String(decoding: $0, as: UTF8.self).count } ?? 0
    return error("expected YAML text; \(text)", at: mark)
  }

  private func error(_ message: String, at mark: yaml_mark_t) -> ConfigError {
    ConfigError(at: origin.location(of: mark), key: origin.path, message)
  }
}
