import Foundation

/// One connection of a `PageServer`: reads its request, answers, and closes.
struct PageConnection {
  private enum Phase {
    case reading([UInt8])
    case sending(Data)
    /// The answer is sent and this side is shut down. Further input, up to `bytesLeft`, is read and
    /// dropped: closing with unread input could discard the answer before the reader has it.
    case answered(bytesLeft: Int)
    case closed
  }

  private let descriptor: Int32
  /// The time when an idle connection is closed.
  private(set) var deadline: Double
  private var phase = Phase.reading([])

  init(descriptor: Int32, deadline: Double) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  /// The awaited event.
  var polled: pollfd {
    if case .sending = phase { return pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0) }
    return pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  }

  var isReading: Bool { if case .reading = phase { true } else { false } }
  var isAnswered: Bool { if case .answered = phase { true } else { false } }
  var isClosed: Bool { if case .closed = phase { true } else { false } }

  func close() { if !isClosed { Glibc.close(descriptor) } }

  private mutating func end() {
    close()
    phase = .closed
  }

  /// Does what is possible without waiting.
  mutating func advance(
    isReady: Bool, now: Double, _ limits: PageServer.Limits,
    _ answer: (RequestHead) -> PageServer.Response
  ) {
    switch phase {
    case .closed: return
    case .reading(let bytes):
      if isReady { return read(bytes, now, limits, answer) }
      if now >= deadline { send(PageServer.Response("408 Request Timeout"), now, limits) }
    case .sending(let data):
      if isReady { return send(data, now, limits) }
      if now >= deadline { end() }
    case .answered(let bytesLeft):
      if now >= deadline || bytesLeft <= 0 { return end() }
      guard isReady else { return }
      var dropped = [UInt8](repeating: 0, count: 16 * 1024)
      let count = recv(descriptor, &dropped, dropped.count, 0)
      if count > 0 { phase = .answered(bytesLeft: bytesLeft - count) }
      if count == 0 || (count < 0 && !Self.isTransient) { end() }
    }
  }

  private mutating func read(
    _ before: [UInt8], _ now: Double, _ limits: PageServer.Limits,
    _ answer: (RequestHead) -> PageServer.Response
  ) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else {
      if count == 0 || !Self.isTransient { end() }
      return
    }
    let bytes = before + chunk[..<count]
    // The deadline stays: a head that arrives byte by byte gets no extra time.
    switch RequestHead.read(bytes.prefix(limits.headBytes)) {
    case .complete(let head): send(answer(head), now, limits, hasBody: head.method != "HEAD")
    case .malformed: send(PageServer.Response("400 Bad Request"), now, limits)
    case .incomplete where bytes.count >= limits.headBytes:
      send(PageServer.Response("431 Request Header Fields Too Large"), now, limits)
    case .incomplete where now >= deadline:
      send(PageServer.Response("408 Request Timeout"), now, limits)
    case .incomplete: phase = .reading(bytes)
    }
  }

  private mutating func send(
    _ response: PageServer.Response, _ now: Double, _ limits: PageServer.Limits,
    hasBody: Bool = true
  ) {
    deadline = now + limits.sendSeconds
    send(response.bytes(hasBody: hasBody), now, limits)
  }

  private mutating func send(_ data: Data, _ now: Double, _ limits: PageServer.Limits) {
    let count = data.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard count >= 0 else {
      guard Self.isTransient else { return end() }
      phase = .sending(data)
      if now >= deadline { end() }
      return
    }
    let rest = data.dropFirst(count)
    if rest.isEmpty {
      shutdown(descriptor, Int32(SHUT_WR))
      phase = .answered(bytesLeft: limits.droppedBytes)
      deadline = now + limits.closeSeconds
    } else {
      phase = .sending(rest)
      deadline = now + limits.sendSeconds
    }
  }

  /// Whether the last call may be retried.
  private static var isTransient: Bool { [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) }
}
