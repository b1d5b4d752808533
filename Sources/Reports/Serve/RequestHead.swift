import Foundation

/// The head of an HTTP/1 request, as far as a read-only file server needs it.
package struct RequestHead: Hashable, Sendable {
  /// Such as `GET`, as sent.
  package var method: String
  /// The target's path without query, percent-decoded; begins with `/`.
  package var path: String
  package var host: String?
  package var origin: String?

  package enum Reading: Hashable, Sendable {
    /// The empty line that ends a head hasn't arrived yet.
    case incomplete
    /// A head, whatever follows it.
    case complete(RequestHead)
    /// Not an HTTP/1 head.
    case malformed
  }

  /// Parses a head from the bytes received so far.
  package static func read(_ bytes: some BidirectionalCollection<UInt8>) -> Reading {
    var lines: [String] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      var line = rest[..<end]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      rest = rest[rest.index(after: end)...]
      guard !line.isEmpty else { return RequestHead(lines).map(Reading.complete) ?? .malformed }
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return .incomplete
  }

  /// nil for lines that aren't a head.
  private init?(_ lines: [String]) {
    let parts = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[2].hasPrefix("HTTP/1."),
      parts[1].hasPrefix("/"),
      let path = parts[1].prefix(while: { $0 != "?" && $0 != "#" }).removingPercentEncoding
    else { return nil }
    method = String(parts[0])
    self.path = path
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      // A leading space would continue the previous line: obsolete.
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let name = line[..<colon].lowercased()
      guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      // Of two hosts or origins, it is unclear which is meant.
      let isJudged = name == "host" || name == "origin"
      guard headers.updateValue(value, forKey: name) == nil || !isJudged else { return nil }
    }
    (host, origin) = (headers["host"], headers["origin"])
  }
}
