/// A file of a run folder that isn't what this program writes there.
public struct ResultFileError: ReportableError, Hashable {
  /// What was expected, and what was found where.
  public var message: String

  /// An error from its text.
  public init(message: String) { self.message = message }

  /// Always that of bad data.
  public var exitCode: ExitCode { .badData }

  /// What was expected, and what was found where.
  public var description: String { message }
}

extension DecodingError {
  /// Which key is missing or wrong.
  var inOneLine: String {
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
