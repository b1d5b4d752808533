import Foundation
import Support

/// Names of run folders that are safe inside the log folder.
///
/// A name keeps its letters and digits (of any script), inner spaces and `. _ - + =`. Other
/// characters, dots and spaces at either end and everything beyond 100 UTF-8 bytes are removed, as
/// is "tfevents", by which TensorBoard recognises event files. A changed name gets the CRC-32C of
/// the original appended: different names stay different, and the same name gives the same folder
/// in every export.
package enum LogFolderName {
  /// Returns a folder name for each of `names`, in their order: unique (ignoring letter case and
  /// Unicode composition, as macOS does), without path separators.
  package static func unique(for names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.map { name in
      let safe = sanitised(name)
      let isRepeat = safe == name && taken.contains(safe.lowercased())
      let base = isRepeat ? safe + "-" + digest(name) : safe
      var folder = base
      var count = 2
      while !taken.insert(folder.lowercased()).inserted {
        folder = "\(base)-\(count)"
        count += 1
      }
      return folder
    }
  }

  /// Returns `name` if it is safe, else its safe characters and a digest of the whole.
  private static func sanitised(_ name: String) -> String {
    var safe = ""
    var size = 0
    for scalar in name.unicodeScalars {
      let kept: Unicode.Scalar = isSafe(scalar) ? scalar : "_"
      size += UTF8.width(kept)
      if size > 100 { break }
      safe.unicodeScalars.append(kept)
      if safe.hasSuffix("tfevents") {
        safe.unicodeScalars.removeLast()
        safe.append("_")
      }
    }
    safe = safe.trimmingCharacters(in: CharacterSet(charactersIn: ". "))
    if safe.utf8.elementsEqual(name.utf8), !safe.isEmpty { return safe }
    return (safe.isEmpty ? "run" : safe) + "-" + digest(name)
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || " ._-+=".unicodeScalars.contains(scalar)
    }
    if scalar.properties.isDefaultIgnorableCodePoint { return false }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .nonspacingMark, .spacingMark:
      return true
    default:
      return false
    }
  }

  private static func digest(_ name: String) -> String {
    CRC32C.checksum(name.utf8).hexadecimal
  }
}
