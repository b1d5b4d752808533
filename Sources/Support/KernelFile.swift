import Foundation

/// Files of /proc and /sys.
package enum KernelFile {
  /// A file's text without the white space around it; nil if it can't be read.
  package static func text(_ path: String) -> String? {
    guard let bytes = try? POSIXFileSystem().read(path, atMost: ReadLimit.text) else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
