/// What a file was when it was written: enough to see that it no longer is.
package struct FileMark: Hashable, Codable, Sendable {
  package var bytes: Int
  /// SHA-256 of its bytes, in hexadecimal.
  package var sha256: String

  package init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }
}
