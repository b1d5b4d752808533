import Checks
import Glibc

/// A pipe that is full, or nearly so, and that nobody reads for the time being.
final class NarrowPipe {
  private let reading: Int32
  private var writing: Int32

  /// - Parameter room: the bytes that still go into it.
  init(room: Int) {
    let ends = pipeEnds()
    (reading, writing) = (ends[0], ends[1])
    // Linux gives a pipe that much.
    let filling = [UInt8](repeating: 0, count: 65536 - room)
    write(writing, filling, filling.count)
  }

  deinit {
    close(reading)
    if writing >= 0 { close(writing) }
  }

  /// Starts a command that writes into it, and hands the other end over.
  func start(_ command: Command, errors: Command.Sink) -> Running {
    defer {
      close(writing)
      writing = -1
    }
    return command.writing(to: .descriptor(writing), errors: errors).start()
  }

  /// All that comes until the last writer has closed its end, or for a minute.
  func drain() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, 60_000) > 0 {
      let count = read(reading, &buffer, buffer.count)
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
