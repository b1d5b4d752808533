import Foundation
import Synchronization
import Testing
import srelu

@Suite struct InterruptionTests {
  /// A thread that reads from a pipe.
  private final class Reader: Sendable {
    private let place = Mutex<(thread: pthread_t, folder: String)?>(nil)
    private let end = Mutex<(count: Int, error: Int32)?>(nil)

    init(of descriptor: Int32) {
      let thread = Thread { [self] in
        // The workers that tests run on block all signals, and what they start does.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let task = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        place.withLock { $0 = (pthread_self(), "/proc/" + (task ?? "")) }
        var byte: UInt8 = 0
        let count = read(descriptor, &byte, 1)
        let error = errno
        end.withLock { $0 = (count, error) }
      }
      thread.start()
    }

    var thread: pthread_t? { place.withLock { $0?.thread } }
    var result: (count: Int, error: Int32)? { end.withLock { $0 } }

    private func line(_ key: String) -> String? {
      guard let folder = place.withLock({ $0?.folder }),
        let text = try? String(contentsOfFile: folder + "/status", encoding: .utf8)
      else { return nil }
      return text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    var isAsleep: Bool { line("State")?.hasPrefix("S") == true }
    var hasTakenSignals: Bool { line("SigPnd").flatMap { UInt64($0, radix: 16) } == 0 }
  }

  /// Looks again and again; whether the condition came to hold.
  private func comes(_ condition: () -> Bool) -> Bool {
    for _ in 0..<10_000 {
      if condition() { return true }
      usleep(1000)
    }
    return false
  }

  /// Libraries, MPI's among them, take a call that a signal ended for one that failed.
  @Test func aCallThatWaitsGoesOnAfterASignal() throws {
    // A second SIGINT would end the process.
    let numbers = [SIGINT, SIGTERM, SIGUSR1]
    let before = numbers.map { number in
      var action = sigaction()
      sigaction(number, nil, &action)
      return action
    }
    defer {
      for (number, action) in zip(numbers, before) {
        var action = action
        sigaction(number, &action, nil)
      }
    }
    Interruption.watch()
    for number in numbers {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      let reader = Reader(of: ends[0])
      try #require(comes { reader.isAsleep })
      let thread = try #require(reader.thread)
      try #require(pthread_kill(thread, number) == 0)
      try #require(comes { reader.hasTakenSignals || reader.result != nil })
      try #require(write(ends[1], "x", 1) == 1)
      try #require(comes { reader.result != nil })
      let result = try #require(reader.result)
      #expect(result.count == 1, "signal \(number): error \(result.error)")
      close(ends[0])
      close(ends[1])
    }
  }
}
