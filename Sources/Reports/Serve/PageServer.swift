import Dispatch
import Experiments
import Foundation
import Support

/// A small HTTP server on the loopback interface, which answers every request from memory and takes
/// nothing.
///
/// Anything on this machine can connect, without knowing the token in the page's address. So that
/// nothing can keep the page from its reader, there is a limit to everything that a connection takes:
/// how many there are, how long a request's head may be and may take, how long a reader may stand still.
/// One thread serves all of them. Libraries for HTTP servers take connections without a limit, and end
/// silently when the process has no descriptors left.
package final class PageServer: Sendable {
  /// What connections may take.
  package struct Limits: Sendable {
    /// Connections at a time; the oldest gives way to the next.
    package var connections = 32
    /// From a connection's first moment to the end of its request's head.
    package var headSeconds = 10.0
    /// Bytes of a request's head.
    package var headBytes = 16 * 1024
    /// How long a reader may take nothing.
    package var sendSeconds = 30.0
    /// How long is waited for a reader to close, once it has been sent everything.
    package var closeSeconds = 2.0
    /// Bytes of a request's body, which nobody reads, that are taken until then.
    package var droppedBytes = 1 << 20

    /// The usual ones: fewer connections where the process may open few files.
    package init() {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
      connections = max(4, min(connections, Int(clamping: limit.rlim_cur) / 4))
    }
  }

  /// What is sent for a request.
  package struct Response: Sendable {
    /// Such as `200 OK`.
    package var status: String
    /// Names and values, without the length and the connection's end.
    package var headers: [(name: String, value: String)]
    /// The content.
    package var body: Data

    /// A response from its parts.
    package init(_ status: String, headers: [(name: String, value: String)] = [], body: Data) {
      (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// One that says its status in words.
    package init(_ status: String, headers: [(name: String, value: String)] = []) {
      self.init(
        status, headers: headers + [("Content-Type", "text/plain; charset=utf-8")],
        body: Data("\(status)\n".utf8))
    }

    /// The bytes on the wire.
    /// - Parameter hasBody: whether the content follows; not after a request for the head alone.
    func bytes(hasBody: Bool) -> Data {
      let lines =
        ["HTTP/1.1 \(status)"] + headers.map { "\($0.name): \($0.value)" }
        + ["Content-Length: \(body.count)", "Connection: close"]
      let head = Data((lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
      return hasBody ? head + body : head
    }
  }

  /// Nothing can listen there.
  package struct CannotListen: ReportableError {
    let port: UInt16
    let reason: String
    /// What it says in words.
    package var description: String {
      "127.0.0.1:\(port): can't listen there: \(reason). Choose another --port, or none for a free one."
    }
    /// The machine's.
    package var exitCode: ExitCode { .environment }
  }

  /// The server can't go on.
  package struct Ended: ReportableError {
    let port: UInt16
    let reason: String
    /// What it says in words.
    package var description: String {
      "127.0.0.1:\(port): the report isn't served any more: \(reason). Start srelu serve again."
    }
    /// The machine's.
    package var exitCode: ExitCode { .environment }
  }

  /// The port that is listened on.
  package let port: UInt16
  private let limits: Limits
  private let listener: Int32
  /// A pipe that a byte is written into to end `run`.
  private let waker: (reading: Int32, writing: Int32)

  /// Listens; `run` answers.
  /// - Parameter port: 0 for any free one.
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
  /// - Throws: `Ended` where nothing can be accepted any more.
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
        // More than the process may have open, where that was lowered; or no memory for so many.
        if errno == EINVAL || errno == ENOMEM, !connections.isEmpty {
          Self.dropOldest(of: &connections)
          continue
        }
        throw Ended(port: port, reason: Self.lastError)
      }
      guard polled[0].revents == 0 else { return }
      // First those that are there: a request that has come is read before newer connections can press
      // it out.
      let now = Self.now
      for index in connections.indices {
        let isReady = polled[2 + index].revents != 0
        connections[index].advance(isReady: isReady, now: now, limits, answer)
      }
      connections.removeAll(where: \.isClosed)
      if isFull || polled[1].revents != 0 { isFull = try !accept(into: &connections) }
    }
  }

  /// Accepts a connection, one at a time: what it asks is read before the next can press it out.
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
      // Nothing came, or something went wrong with a connection before it was accepted.
      default: return true
      }
    }
  }

  /// Closes the connection that is missed least: one that was answered, else the oldest that hasn't
  /// asked for anything, else the one whose reader has stood still longest.
  private static func dropOldest(of connections: inout [PageConnection]) {
    let index =
      connections.firstIndex { $0.isAnswered } ?? connections.firstIndex { $0.isReading }
      ?? connections.indices.min { connections[$0].deadline < connections[$1].deadline }
    guard let index else { return }
    connections.remove(at: index).close()
  }

  /// - Returns: the port; nil where that can't be had.
  private static func listen(on socket: Int32, port: UInt16) -> UInt16? {
    // So that the same port can be had again at once.
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

  /// Makes a descriptor that nothing waits on, and that programs which this one starts don't get.
  private static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  private static var lastError: String { String(cString: strerror(errno)) }

  /// Seconds since some moment.
  static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  /// Milliseconds until the first deadline; -1 for no end.
  private static func wait(for connections: [PageConnection]) -> Int32 {
    guard let first = connections.map(\.deadline).min() else { return -1 }
    return Int32(max(0, min(60, first - now)) * 1000) + 1
  }
}
