import Dispatch
import Foundation
import Support

/// A small HTTP server on the loopback interface, which answers all requests from memory.
///
/// Any process on this machine can connect, without the token in the page's address. To keep the
/// page reachable for its reader, everything about a connection is limited: their number, the
/// length and duration of a request's head, and how long a reader may stall. One thread serves all.
/// HTTP server libraries accept connections without limit, and stop silently when the process runs
/// out of descriptors.
package final class PageServer: Sendable {
  package struct Limits: Sendable {
    /// Simultaneous connections; the oldest is dropped for a new one.
    package var connections = 32
    /// Seconds from accepting a connection to the end of its request's head.
    package var headSeconds = 10.0
    /// Bytes of a request's head.
    package var headBytes = 16 * 1024
    /// Seconds without progress in sending.
    package var sendSeconds = 30.0
    /// Seconds to wait for a reader to close after everything was sent.
    package var closeSeconds = 2.0
    /// Bytes of a request's body to read and drop until then.
    package var droppedBytes = 1 << 20

    /// The default limits, with fewer connections where the process may open few files.
    package init() {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
      connections = max(4, min(connections, Int(clamping: limit.rlim_cur) / 4))
    }
  }

  package struct Response: Sendable {
    /// Such as `200 OK`.
    package var status: String
    /// Names and values, without `Content-Length` and `Connection`.
    package var headers: [(name: String, value: String)]
    package var body: Data

    package init(_ status: String, headers: [(name: String, value: String)] = [], body: Data) {
      (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A response whose body repeats its status.
    package init(_ status: String, headers: [(name: String, value: String)] = []) {
      self.init(
        status, headers: headers + [("Content-Type", "text/plain; charset=utf-8")],
        body: Data("\(status)\n".utf8))
    }

    /// Returns the bytes on the wire; `hasBody` is false after a `HEAD` request.
    func bytes(hasBody: Bool) -> Data {
      let lines =
        ["HTTP/1.1 \(status)"] + headers.map { "\($0.name): \($0.value)" }
        + ["Content-Length: \(body.count)", "Connection: close"]
      let head = Data((lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
      return hasBody ? head + body : head
    }
  }

  package struct CannotListen: ReportableError {
    let port: UInt16
    let reason: String
    package var description: String {
      "127.0.0.1:\(port): can't listen there: \(reason). Choose another --port, or none for a free one."
    }
    package var exitCode: ExitCode { .environment }
  }

  /// The server can't continue.
  package struct Ended: ReportableError {
    let port: UInt16
    let reason: String
    package var description: String {
      "127.0.0.1:\(port): the report isn't served any more: \(reason). Start srelu serve again."
    }
    package var exitCode: ExitCode { .environment }
  }

  package let port: UInt16
  private let limits: Limits
  private let listener: Int32
  /// A pipe; a byte written into it ends `run`.
  private let waker: (reading: Int32, writing: Int32)

  /// Listens; `run` answers. Port 0 is any free one.
  package init(port: UInt16, limits: Limits = Limits()) throws(CannotListen) {
    self.limits = limits
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var ends: [Int32] = [-1, -1]
    guard socket >= 0, pipe(&ends) == 0, let given = Self.listen(on: socket, port: port) else {
      let reason = Self.lastError
      for descriptor in [socket] + ends where descriptor >= 0 { close(descriptor) }
      throw CannotListen(port: port, reason: reason)
    }
    for descriptor in [socket] + ends { Self.prepare(descriptor) }
    (listener, waker, self.port) = (socket, (ends[0], ends[1]), given)
  }

  deinit { for descriptor in [listener, waker.reading, waker.writing] { close(descriptor) } }

  /// Ends `run`, from any thread.
  package func stop() {
    var byte: UInt8 = 0
    _ = write(waker.writing, &byte, 1)
  }

  /// Answers until `stop`, on the caller's thread.
  /// - Throws: `Ended` where no connection can be accepted any more.
  package func run(_ answer: (RequestHead) -> Response) throws(Ended) {
    var connections: [PageConnection] = []
    defer { for connection in connections { connection.close() } }
    var isFull = false
    while true {
      var polled = [
        pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isFull ? -1 : listener, events: Int16(POLLIN), revents: 0),
      ]
      polled += connections.map(\.polled)
      let wait = isFull ? 100 : Self.wait(for: connections)
      guard poll(&polled, nfds_t(polled.count), wait) >= 0 else {
        if errno == EINTR { continue }
        // `poll` exceeds a lowered descriptor limit, or lacks memory.
        if errno == EINVAL || errno == ENOMEM, !connections.isEmpty {
          Self.dropOldest(of: &connections)
          continue
        }
        throw Ended(port: port, reason: Self.lastError)
      }
      guard polled[0].revents == 0 else { return }
      // Existing connections first: their requests are read before newer ones displace them.
      let now = Self.now
      for index in connections.indices {
        let isReady = polled[2 + index].revents != 0
        connections[index].advance(isReady: isReady, now: now, limits, answer)
      }
      connections.removeAll(where: \.isClosed)
      if isFull || polled[1].revents != 0 { isFull = try !accept(into: &connections) }
    }
  }

  /// Accepts one connection, so that its request is read before the next can displace it.
  /// - Returns: false where the process or the system has no descriptors left.
  private func accept(into connections: inout [PageConnection]) throws(Ended) -> Bool {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      if descriptor >= 0 {
        Self.prepare(descriptor)
        if connections.count >= limits.connections { Self.dropOldest(of: &connections) }
        connections.append(
          PageConnection(descriptor: descriptor, deadline: Self.now + limits.headSeconds))
        return true
      }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        guard !connections.isEmpty else { return false }
        Self.dropOldest(of: &connections)
      case EBADF, EINVAL, ENOTSOCK, EFAULT: throw Ended(port: port, reason: Self.lastError)
      // No connection, or one that failed before it was accepted.
      default: return true
      }
    }
  }

  /// Closes the least valuable connection: answered, else oldest without request, else stalled.
  private static func dropOldest(of connections: inout [PageConnection]) {
    let index =
      connections.firstIndex { $0.isAnswered } ?? connections.firstIndex { $0.isReading }
      ?? connections.indices.min { connections[$0].deadline < connections[$1].deadline }
    guard let index else { return }
    connections.remove(at: index).close()
  }

  /// - Returns: the port; nil where it is unavailable.
  private static func listen(on socket: Int32, port: UInt16) -> UInt16? {
    // Makes the port reusable at once.
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    address.sin_port = port.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
      let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      guard let pointer else { return -1 }
      guard bind(socket, pointer, size) == 0, Glibc.listen(socket, 64) == 0 else { return -1 }
      return getsockname(socket, pointer, &size)
    }
    return status == 0 ? UInt16(bigEndian: address.sin_port) : nil
  }

  /// Makes a descriptor non-blocking and closed in child processes.
  private static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  private static var lastError: String { String(cString: strerror(errno)) }

  /// Monotonic seconds.
  static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  /// Returns milliseconds until the first deadline; -1 for none.
  private static func wait(for connections: [PageConnection]) -> Int32 {
    guard let first = connections.map(\.deadline).min() else { return -1 }
    return Int32(max(0, min(60, first - now)) * 1000) + 1
  }
}
