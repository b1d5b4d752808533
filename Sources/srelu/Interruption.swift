import Coordinator
import Foundation

/// Turns SIGINT and SIGTERM into a request to stop, so that the journal and the files are whole when
/// the process leaves.
final class Interruption {
  /// Set once a signal came.
  let flag = StopFlag()
  private var sources: [any DispatchSourceSignal] = []

  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [flag] in flag.request() }
      source.resume()
      sources.append(source)
    }
  }
}
