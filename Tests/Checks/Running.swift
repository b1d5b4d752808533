import Glibc

/// A program that was started. Its end has to be awaited: until then its process id is its own.
package final class Running {
  package let process: pid_t
  private var output: Int32?
  private var errors: Int32?
  private let deadline: Duration
  private var text: [UInt8] = []
  private var errorText: [UInt8] = []
  private var status: Int32?

  init(
    process: pid_t, output: Int32?, errors: Int32?, deadline: Duration, patience: Duration,
    said: String
  ) {
    self.process = process
    self.output = output
    self.errors = errors
    self.deadline = deadline
    text = Array(said.utf8)
    if process == 0 { status = 127 } else { Children.add(process, patience) }
  }

  deinit {
    for descriptor in [output, errors] { if let descriptor { close(descriptor) } }
  }

  /// Whether it runs.
  package var isAlive: Bool {
    takeStatus()
    return status == nil
  }

  /// Sends it a signal, unless it has ended.
  @discardableResult
  package func signal(_ number: Int32) -> Bool { isAlive && kill(process, number) == 0 }

  /// Waits for its end, and for all that it and its children say until then.
  package func outcome() -> Outcome {
    let end = ContinuousClock.now + deadline
    var isLate = false
    while isAlive || output != nil || errors != nil {
      if ContinuousClock.now > end + .seconds(5) {
        // Whoever holds the pipes left the group, and is found at the end.
        isLate = true
        signalGroup(SIGKILL)
        if !isAlive { break }
      } else if !isLate && ContinuousClock.now > end {
        isLate = true
        signalGroup(SIGTERM)
      }
      read(waiting: isAlive && output == nil && errors == nil ? 10 : 50)
    }
    return Outcome(
      status: isLate ? 124 : status ?? 124, text: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errorText, as: UTF8.self))
  }

  private func signalGroup(_ number: Int32) {
    if process > 0 { kill(-process, number) }
  }

  private func takeStatus() {
    guard status == nil else { return }
    var word: Int32 = 0
    guard waitpid(process, &word, WNOHANG) == process else { return }
    status = word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + word & 0x7f
    Children.remove(process)
  }

  /// Takes what has come, and waits up to so many milliseconds for it.
  private func read(waiting milliseconds: Int32) {
    var polled = [output, errors].map { pollfd(fd: $0 ?? -1, events: Int16(POLLIN), revents: 0) }
    guard poll(&polled, 2, milliseconds) > 0 else { return }
    if polled[0].revents != 0 { take(&output, into: &text) }
    if polled[1].revents != 0 { take(&errors, into: &errorText) }
  }

  private func take(_ descriptor: inout Int32?, into text: inout [UInt8]) {
    guard let open = descriptor else { return }
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(open, &buffer, buffer.count)
    if count > 0 {
      text += buffer[..<count]
    } else if count == 0 || errno != EINTR {
      close(open)
      descriptor = nil
    }
  }
}

/// Waits until something holds, a minute at most; that it never comes to hold is what the check behind finds.
@discardableResult
package func awaited(
  _ limit: Duration = .seconds(60), every pause: Duration = .milliseconds(100),
  _ condition: () -> Bool
) -> Bool {
  let end = ContinuousClock.now + limit
  while !condition() {
    if ContinuousClock.now > end { return false }
    pauseFor(pause)
  }
  return true
}

/// Does nothing for so long.
package func pauseFor(_ duration: Duration) {
  let (seconds, attoseconds) = duration.components
  var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  var rest = timespec()
  while nanosleep(&time, &rest) != 0 && errno == EINTR { time = rest }
}
