import Support

/// Values as JSON text for scripts, in printable characters.
enum JSONText {
  static func pretty(_ value: some Encodable) throws -> String {
    try JSON.text(value, .pretty).printableJSON
  }

  static func line(_ value: some Encodable) throws -> String {
    try JSON.text(value).printableJSON
  }
}
