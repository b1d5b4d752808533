import CYaml
import Support

/// libyaml's events of a text, one after another.
final class YAMLEvents {
  /// One of them.
  struct Event {
    enum Kind {
      case streamStart, streamEnd, documentStart, documentEnd
      case alias(String)
      case scalar(String, quoted: Bool)
      case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind
    var anchor: String?
    var mark: YAMLNode.Mark
  }

  /// libyaml keeps its address.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  /// Events of a text in UTF-8, which has to outlive them.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
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

  /// The next event.
  func next() throws(YAMLNode.Problem) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    let mark = YAMLNode.Mark(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
    case YAML_ALIAS_EVENT:
      return Event(kind: .alias(Self.text(event.data.alias.anchor) ?? ""), mark: mark)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let isQuoted = try Self.isQuoted(
        tag: scalar.tag, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, at: mark)
      return Event(
        kind: .scalar(String(decoding: text, as: UTF8.self), quoted: isQuoted),
        anchor: Self.text(scalar.anchor), mark: mark)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      try Self.check(tag: start.tag, against: ["seq"], at: mark)
      return Event(kind: .sequenceStart, anchor: Self.text(start.anchor), mark: mark)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, mark: mark)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      try Self.check(tag: start.tag, against: ["map"], at: mark)
      return Event(kind: .mappingStart, anchor: Self.text(start.anchor), mark: mark)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, mark: mark)
    // The end, and what comes after it.
    default: return Event(kind: .streamEnd, mark: mark)
    }
  }

  /// `!!str 16` is a text and `!!int "16"` a number, as YAML has it.
  private static func isQuoted(
    tag: UnsafePointer<yaml_char_t>?, isPlain: Bool, at mark: YAMLNode.Mark
  ) throws(YAMLNode.Problem) -> Bool {
    try check(tag: tag, against: ["str", "int", "float", "bool", "null", "merge"], at: mark)
    return switch text(tag) {
    case nil: !isPlain
    case "!", prefix + "str": true
    default: false
    }
  }

  private static let prefix = "tag:yaml.org,2002:"

  private static func check(
    tag: UnsafePointer<yaml_char_t>?, against known: [String], at mark: YAMLNode.Mark
  ) throws(YAMLNode.Problem) {
    guard let tag = text(tag), tag != "!" else { return }
    guard known.contains(where: { tag == prefix + $0 }) else {
      let shown = tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
      throw YAMLNode.Problem(
        mark: mark, message: "the tag \(shown.shortened) means nothing here; leave it out")
    }
  }

  private static func text(_ characters: UnsafePointer<yaml_char_t>?) -> String? {
    characters.map { String(cString: $0) }
  }

  private func problem() -> YAMLNode.Problem {
    let state = parser.pointee
    let text = state.problem.map { String(cString: $0) } ?? "no memory is left"
    if state.error == YAML_READER_ERROR {
      let before = bytes.prefix(state.problem_offset).split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      var mark = YAMLNode.Mark(yaml_mark_t())
      mark.line = before.count
      mark.column = (before.last.map { String(decoding: $0, as: UTF8.self).count } ?? 0) + 1
      return YAMLNode.Problem(mark: mark, message: "expected YAML text; \(text)")
    }
    return YAMLNode.Problem(
      mark: YAMLNode.Mark(state.problem_mark), message: "expected YAML; \(text)",
      context: state.context.map { (String(cString: $0), Int(state.context_mark.line) + 1) })
  }
}
