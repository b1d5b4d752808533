import Crypto
import Foundation
import Support

/// Names for files and anchors.
package enum Slug {
  /// Returns at most 60 lower-case ASCII letters, digits and single dashes; not unique.
  package static func of(_ text: String) -> String {
    var slug = ""
    for scalar in text.lowercased().unicodeScalars {
      let isKept = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      if isKept {
        slug.unicodeScalars.append(scalar)
      } else if !slug.isEmpty, slug.last != "-" {
        slug.append("-")
      }
    }
    slug = String(slug.prefix(60))
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? "x" : slug
  }

  /// Returns a unique slug for each text. Texts with the same slug get digits of their own hashes,
  /// so that a name doesn't depend on how many others there are.
  package static func unique(_ texts: [String]) -> [String] {
    let slugs = texts.map(of)
    var counts: [String: Int] = [:]
    for slug in slugs { counts[slug, default: 0] += 1 }
    var taken = Set(slugs.filter { counts[$0] == 1 })
    return zip(texts, slugs).map { text, slug in
      guard counts[slug] != 1 else { return slug }
      let base = "\(slug)-\(digest(of: text))"
      var name = base
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(base)-\(number)"
        number += 1
      }
      return name
    }
  }

  /// Returns one name for several paths, from their last parts and digits of the hash of all.
  package static func ofAll(_ paths: [String]) -> String {
    let names = paths.map { of(String($0.split(separator: "/").last ?? "")) }
    return "\(of(names.joined(separator: "-")))-\(digest(of: paths.joined(separator: "\0")))"
  }

  private static func digest(of text: String) -> String {
    SHA256.hash(data: Data(text.utf8)).prefix(4).hexadecimal
  }
}
