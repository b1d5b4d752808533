import Foundation
import Reports
import Synchronization
import Testing

private final class Client {
  private let descriptor: Int32

  init(_ port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    address.sin_port = port.bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    // The test ends whatever the server does.
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Returns whether the other side took the text.
  @discardableResult func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Returns at most `most` bytes; none at the other side's end.
  func read(_ most: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = recv(descriptor, &bytes, most, 0)
    if count < 0, errno == EAGAIN { Issue.record("the server neither answers nor closes") }
    return count > 0 ? Array(bytes[..<count]) : []
  }

  func readAll() -> String {
    var all: [UInt8] = []
    while true {
      let part = read(65536)
      if part.isEmpty { return String(decoding: all, as: UTF8.self) }
      all += part
    }
  }
}

private func serving(
  _ limits: PageServer.Limits = PageServer.Limits(), body: Data = Data("the page".utf8),
  _ test: (UInt16) throws -> Void
) throws {
  let server = try PageServer(port: 0, limits: limits)
  let hasEnded = DispatchSemaphore(value: 0)
  Thread.detachNewThread {
    try? server.run { request in
      request.method == "GET"
        ? PageServer.Response("200 OK", body: body)
        : PageServer.Response("405 Method Not Allowed")
    }
    hasEnded.signal()
  }
  defer {
    server.stop()
    hasEnded.wait()
  }
  try test(server.port)
}

private func answer(_ port: UInt16, _ text: String) throws -> String {
  let client = try Client(port)
  client.send(text)
  return client.readAll()
}

private let request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"

/// Expects that the page is still served.
private func expectReachable(_ port: UInt16) throws {
  let text = try answer(port, request)
  #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\nthe page"), "\(text)")
}

/// No client can keep the page from its reader.
@Suite(.timeLimit(.minutes(2))) struct PageServerTests {
  /// The default limits with another time for a head.
  private func limits(headSeconds: Double) -> PageServer.Limits {
    var limits = PageServer.Limits()
    limits.headSeconds = headSeconds
    return limits
  }

  @Test func idleConnectionsGiveWay() throws {
    // Longer than the test may take: waiting doesn't help.
    try serving(limits(headSeconds: 3600)) { port in
      var idle = try (0..<200).map { _ in try Client(port) }
      for _ in 0..<3 { try expectReachable(port) }
      for client in idle { client.send("GET /x HTTP/1.1\r\n") }
      try expectReachable(port)
      // The oldest are closed; the newest get answers once they ask.
      #expect(idle[0].readAll().isEmpty)
      idle[199].send("Host: h\r\n\r\n")
      #expect(idle[199].readAll().hasSuffix("the page"))
      idle = []
      try expectReachable(port)
    }
  }

  @Test func anEndlessLineIsRefused() throws {
    try serving(limits(headSeconds: 3600)) { port in
      let client = try Client(port)
      client.send("GET /")
      // The connection ends at the first byte that isn't taken.
      var sent = 0
      while sent < 1 << 24, client.send(String(repeating: "x", count: 1024)) { sent += 1024 }
      #expect(sent < 1 << 24)
      try expectReachable(port)
      #expect(try answer(port, "GET /" + String(repeating: "x", count: 20_000)).contains(" 431 "))
      let headers = (0..<2_000).map { "X-\($0): y\r\n" }.joined()
      #expect(try answer(port, "GET / HTTP/1.1\r\n" + headers).contains(" 431 "))
    }
  }

  @Test func aHeadHasItsTimeHoweverManyPartsItComesIn() throws {
    try serving(limits(headSeconds: 0.2)) { port in
      #expect(try answer(port, "GET /x HT").hasPrefix("HTTP/1.1 408 "))
      #expect(try answer(port, "").hasPrefix("HTTP/1.1 408 "))
      // Endlessly, byte by byte: each is in time by itself.
      let client = try Client(port)
      client.send("GET /")
      var sent = 0
      while sent < 10_000, client.send("x") {
        sent += 1
        usleep(20_000)
      }
      #expect(sent < 10_000)
      try expectReachable(port)
    }
  }

  @Test func aClosedHalfIsAnsweredIfItAsked() throws {
    try serving { port in
      let client = try Client(port)
      client.send(request)
      client.endSending()
      #expect(client.readAll().hasSuffix("the page"))
      let silent = try Client(port)
      silent.send("GET /x HTTP/1.1\r\n")
      silent.endSending()
      #expect(silent.readAll().isEmpty)
      try expectReachable(port)
    }
  }

  @Test func aConnectionHasOneAnswer() throws {
    try serving { port in
      let text = try answer(port, request + request)
      #expect(text.components(separatedBy: "HTTP/1.1 ").count == 2)
      #expect(text.contains("\r\nConnection: close\r\n"))
      try expectReachable(port)
    }
  }

  @Test func otherMethodsGetNoPage() throws {
    try serving { port in
      let head = try answer(port, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(head.hasPrefix("HTTP/1.1 405 ") && head.hasSuffix("\r\n\r\n"))
      // The body isn't read, yet the whole answer arrives.
      let body = String(repeating: "x", count: 300_000)
      let post = try answer(
        port, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n\(body)")
      #expect(post.hasPrefix("HTTP/1.1 405 ") && post.hasSuffix("405 Method Not Allowed\n"))
      try expectReachable(port)
    }
  }

  @Test func aLargePageReachesASlowReader() throws {
    let page = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    try serving(body: page) { port in
      let client = try Client(port)
      client.send(request)
      var read: [UInt8] = []
      while true {
        let part = client.read(10_000)
        if part.isEmpty { break }
        read += part
      }
      #expect(Data(read.suffix(page.count)) == page)
    }
  }

  @Test func whoReadsNothingIsLetGo() throws {
    var limits = PageServer.Limits()
    limits.sendSeconds = 0.2
    limits.connections = 4
    // More than the system buffers for a connection.
    try serving(limits, body: Data(count: 64 << 20)) { port in
      let clients = try (0..<8).map { _ in try Client(port) }
      for client in clients { client.send(request) }
      let last = try Client(port)
      last.send("PUT / HTTP/1.1\r\n\r\n")
      #expect(last.readAll().contains(" 405 "))
    }
  }

  @Test func theListenersEndIsTold() throws {
    let server = try PageServer(port: 0)
    let outcome = Mutex<PageServer.Ended?>(nil)
    let hasEnded = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      do throws(PageServer.Ended) {
        try server.run { _ in PageServer.Response("200 OK") }
      } catch {
        outcome.withLock { $0 = error }
      }
      hasEnded.signal()
    }
    #expect(try answer(server.port, request).contains(" 200 "))
    let listener = try #require((3..<4096).first { Self.isListener($0, server.port) })
    shutdown(listener, Int32(SHUT_RDWR))
    hasEnded.wait()
    let error = try #require(outcome.withLock { $0 })
    #expect(error.exitCode.rawValue == 69)
    #expect(error.description.contains("127.0.0.1:\(server.port)"))
  }

  private static func isListener(_ descriptor: Int32, _ port: UInt16) -> Bool {
    var listens: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens == 1
    else { return false }
    var address = sockaddr_in()
    size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    return status == 0 && address.sin_port.bigEndian == port
  }

  @Test func aPortInUseIsRefused() throws {
    try serving { port in
      #expect(throws: PageServer.CannotListen.self) { _ = try PageServer(port: port) }
    }
  }
}

@Suite struct RequestHeadTests {
  private func read(_ text: String) -> RequestHead.Reading { RequestHead.read(Array(text.utf8)) }

  private func head(_ text: String) -> RequestHead? {
    guard case .complete(let head) = read(text) else { return nil }
    return head
  }

  @Test func aBrowsersHeadIsRead() {
    let head = head(
      "GET /a/b%20c.svg?x=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nACCEPT: */*\r\norigin:http://h\r\n"
        + "Accept: a\r\nAccept: b\r\n\r\nbody")
    #expect(head?.method == "GET" && head?.path == "/a/b c.svg")
    #expect(head?.host == "127.0.0.1:80" && head?.origin == "http://h")
    #expect(self.head("GET / HTTP/1.0\n\n")?.path == "/")
    #expect(self.head("GET / HTTP/1.0\n\n")?.host == nil)
  }

  @Test func everyBeginningIsIncomplete() {
    let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    for length in 0..<text.utf8.count {
      #expect(RequestHead.read(Array(text.utf8.prefix(length))) == .incomplete)
    }
    #expect(head(text)?.host == "h")
  }

  @Test(arguments: [
    "\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
    "GET http://h/ HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n",
    "GET /%ff HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n", "GET / HTTP/1.1\r\n: a\r\n\r\n",
    "GET / HTTP/1.1\r\nOrigin: a\r\nOrigin: a\r\n\r\n", "\u{16}\u{3}\u{1}\n\n",
  ])
  func whatIsNoHeadIsRefused(text: String) {
    #expect(read(text) == .malformed)
  }
}
