import Checks
import Glibc

extension Workplace {
  func checkServer() {
    let finished = finished
    writeImages()
    Files.makeFolder(path("served"))
    let server = srelu("serve", finished, "--interval", "1").with(["TMPDIR": path("served")])
      .writing(to: .file(path("serve.log"))).start()
    awaited { text("serve.log").contains("\n") || !server.isAlive }
    let address = text("serve.log").split(separator: "\n").first.map(String.init) ?? ""
    guard let web = WebServer(address) else {
      checks.failed("serve", "says no address: \(text("serve.log"))")
      return
    }
    checkRequests(web)
    check(
      "serve on a port in use", .environment, "127.0.0.1:\(web.port): can't listen there",
      srelu("serve", finished, "--port", "\(web.port)"))
    checkIdleConnections(web, server)
    // Every report is made in a folder of its own that is gone again.
    checks.expect("serve: leaves no folder", [], Files.names(path("served")))
    server.signal(SIGINT)
    checks.expect("serve: ends in order", 0, server.outcome().status)
    check(
      "serve where there is no study", .usage, "no study there", srelu("serve", "images"))
  }

  private func checkRequests(_ web: WebServer) {
    let page = web.path
    let requests: [(name: String, status: Int, path: String, method: String, headers: [String])] = [
      ("the report", 200, page, "GET", []),
      ("a table", 200, "\(page)tables/trials.csv", "GET", []),
      ("a file that is not there", 404, "\(page)nothing", "GET", []),
      ("a file outside", 404, "\(page)../../../../../etc/passwd", "GET", []),
      ("without the token", 404, "/index.html", "GET", []),
      ("with a wrong token", 404, "/0123456789abcdef0123456789abcdef/", "GET", []),
      ("another host", 403, page, "GET", ["Host: example.org"]),
      ("another origin", 403, page, "GET", ["Origin: http://example.org"]),
      ("posting", 405, page, "POST", ["Content-Length: 1"]),
    ]
    for request in requests {
      checks.expect(
        "serve: \(request.name)", request.status,
        web.status(request.path, method: request.method, headers: request.headers))
    }
  }

  /// Connections that ask for nothing, more than there can be, and more than the server may open files.
  private func checkIdleConnections(_ web: WebServer, _ server: Running) {
    let opened = Files.names("/proc/\(server.process)/fd").compactMap(Int.init).filter { $0 < 100 }
    let few = (opened.max() ?? 0) + 3
    var idle = (0..<200).map { _ in web.connected() }
    checks.expect("serve: beside 200 idle connections", 200, web.status(web.path))
    _ = command(["prlimit", "--pid", "\(server.process)", "--nofile=\(few):\(few)"]).run()
    idle += (0..<50).map { _ in web.connected() }
    checks.expect("serve: without descriptors", 200, web.status(web.path))
    for connection in idle { close(connection) }
    checks.expect("serve: after them", 200, web.status(web.path))
  }
}

/// A server on this machine, asked by plain text.
private struct WebServer {
  let port: UInt16
  /// The path of its page, which ends in a slash.
  let path: String

  /// From an address as http://127.0.0.1:8080/token/.
  init?(_ address: String) {
    guard let parts = address.wholeMatch(of: /http:\/\/127\.0\.0\.1:(\d+)(\/.*\/)/),
      let port = UInt16(parts.1)
    else { return nil }
    self.port = port
    path = String(parts.2)
  }

  /// A connection to it; what waits on it gives up after a minute.
  func connected() -> Int32 {
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return connection
  }

  /// The status that it answers with; nil where it doesn't.
  func status(_ path: String, method: String = "GET", headers: [String] = []) -> Int? {
    let connection = connected()
    defer { close(connection) }
    var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
    if !headers.contains(where: { $0.hasPrefix("Host:") }) {
      lines.append("Host: 127.0.0.1:\(port)")
    }
    let request = (lines + headers).map { "\($0)\r\n" }.joined() + "\r\n"
    let body = Array((method == "POST" ? request + "x" : request).utf8)
    guard send(connection, body, body.count, Int32(MSG_NOSIGNAL)) == body.count else {
      return nil
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !answer.contains(UInt8(ascii: "\n")) {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      answer += buffer[..<count]
    }
    let words = String(decoding: answer, as: UTF8.self).split(separator: " ")
    return words.count > 1 && words[0].hasPrefix("HTTP/1.") ? Int(words[1]) : nil
  }
}
