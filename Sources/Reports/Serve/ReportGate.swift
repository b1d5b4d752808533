import Support

/// Access control for a report on the loopback interface, to which any process of this machine can
/// connect and any page open in a browser can send requests.
///
/// The token in the path keeps other users out. The Host header must be a loopback name, so that a
/// hostile name that resolves to 127.0.0.1 (DNS rebinding) gets nothing; an Origin header must be
/// the report's own. Only reading is possible.
package struct ReportGate: Sendable {
  package let port: UInt16
  /// The first part of every path.
  package let token: String

  package init(port: UInt16, token: String) {
    self.port = port
    self.token = token
  }

  package enum Verdict: Hashable, Sendable {
    /// Send the report's file at this path.
    case file(String)
    /// Only reading is possible.
    case methodNotAllowed
    /// Meant for another host, or from another page.
    case forbidden
    /// Nothing exists without the token.
    case notFound
  }

  private static let hosts = ["127.0.0.1", "localhost"]

  package func judge(method: String, path: String, host: String?, origin: String?) -> Verdict {
    let names = Self.hosts.map { "\($0):\(port)" } + (port == 80 ? Self.hosts : [])
    guard let host, names.contains(host.lowercased()) else { return .forbidden }
    if let origin, !names.map({ "http://\($0)" }).contains(origin.lowercased()) {
      return .forbidden
    }
    guard method == "GET" else { return .methodNotAllowed }
    let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true)
    guard let first = parts.first, Self.areEqual(first.utf8, token.utf8) else { return .notFound }
    // Without the slash the page's relative links would fail.
    guard path.utf8.count > token.utf8.count + 1 else { return .notFound }
    let rest = parts.count > 1 ? String(parts[1]) : ""
    return .file(rest.isEmpty ? "index.html" : rest)
  }

  /// Compares in constant time, so that timing reveals nothing about a guess.
  private static func areEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
    a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Returns 128 unpredictable bits in hexadecimal, from the system.
  package static func newToken() -> String {
    var system = SystemRandomNumberGenerator()
    return system.next().hexadecimal + system.next().hexadecimal
  }

  package static func mediaType(of path: String) -> String {
    switch path.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "json": "application/json"
    case "csv": "text/csv; charset=utf-8"
    case "svg": "image/svg+xml"
    case "pdf": "application/pdf"
    default: "text/plain; charset=utf-8"
    }
  }
}
