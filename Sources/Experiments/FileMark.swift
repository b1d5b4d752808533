/// What a file was when it was written: enough to see that it no longer is.
public struct FileMark: Hashable, Codable, Sendable {
  /// Its length.
  public var bytes: Int
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String

  /// A mark from its parts.
  public init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }
}
