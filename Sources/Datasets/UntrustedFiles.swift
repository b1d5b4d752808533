/// The readers of files that anyone may have written, for those who feed them damaged ones.
package enum UntrustedFiles {
  /// Reads an IDX file of unsigned bytes with the given number of dimensions.
  package static func idx(_ bytes: [UInt8], dimensions: Int) throws {
    _ = try IDXFile(bytes: bytes, path: "file", dimensions: dimensions)
  }

  /// Unpacks a gzip file.
  ///
  /// - Parameter limit: bytes that it may have, and unpack to; nil for what data sets may.
  /// - Returns: what it unpacks to.
  @discardableResult
  package static func gzip(_ bytes: [UInt8], limit: Int? = nil) throws -> [UInt8] {
    try FileContents.unpack(bytes, path: "file", limit: limit ?? FileContents.unpackedLimit)
  }
}
