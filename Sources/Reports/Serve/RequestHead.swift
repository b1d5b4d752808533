import Foundation

/// The head of an HTTP/1 request, as far as a server that only hands out files needs it.
package struct RequestHead: Hashable, Sendable {
  /// Such as `GET`, as it was sent.
  package var method: String
  /// The target's path without a query, percent-decoded; begins with `/`.
  package var path: String
  /// The Host header.
  package var host: String?
  /// The Origin header.
  package var origin: String?

  /// What bytes come to.
  package enum Reading: Hashable, Sendable {
    /// The empty line that ends a head hasn't come yet.
    case incomplete
    /// A head, whatever follows it.
    case complete(RequestHead)
    /// No head of HTTP/1.
    case malformed
  }

  /// Reads a head from the bytes of a connection so far.
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

  /// nil for lines that aren't a head's.
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
      // A line that begins with a space would go on with the one before it: nobody sends that any more.
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let name = line[..<colon].lowercased()
      guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      // Two hosts or origins: which of them is meant can't be told.
      let isJudged = name == "host" || name == "origin"
      guard headers.updateValue(value, forKey: name) == nil || !isJudged else { return nil }
    }
    (host, origin) = (headers["host"], headers["origin"])
  }
}
