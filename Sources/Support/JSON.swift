import FoundationEssentials

/// The program's JSON: sorted keys, and non-finite numbers as the strings `inf`, `-inf` and `nan`.
package enum JSON {
  package enum Layout: Sendable {
    /// On one line, as in journals.
    case line
    /// One key per line, for people.
    case pretty
  }

  package static func bytes(_ value: some Encodable, _ layout: Layout = .line) throws -> [UInt8] {
    [UInt8](try encoder(layout).encode(value))
  }

  /// - Parameter snakeCase: whether the properties' names become `snake_case` keys.
  package static func text(
    _ value: some Encodable, _ layout: Layout = .line, snakeCase: Bool = false
  ) throws -> String {
    let encoder = encoder(layout)
    if snakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// - Throws: `DecodingError`; its `inOneLine` says which key is missing or wrong.
  package static func value<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: some Collection<UInt8>
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(bytes))
  }

  private static func encoder(_ layout: Layout) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if layout == .pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension DecodingError {
  /// The missing or wrong key.
  package var inOneLine: String {
    func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch self {
    case .keyNotFound(let key, let context):
      return "\(path(context.codingPath + [key])): expected this key, found none"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(path(context.codingPath)): expected a value of type \(type)"
    case .dataCorrupted(let context):
      let key = path(context.codingPath)
      return key.isEmpty
        ? "expected JSON; \(context.debugDescription)" : "\(key): \(context.debugDescription)"
    @unknown default: return String(describing: self)
    }
  }
}
