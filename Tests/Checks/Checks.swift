import Glibc
import Support

/// Counts checks, and says of each how it went. Its last line is what `take_counts` in launch/checks.sh reads.
package final class Checks {
  private var passes = 0
  private var failures = 0
  private var skips: [String] = []

  package init() {}

  package func passed(_ name: String) {
    passes += 1
    say("ok \(name)")
  }

  package func failed(_ name: String, _ why: String) {
    failures += 1
    say("FAILED \(name): \(why)")
  }

  /// Left out because of this machine. It is no failure, but nobody should overlook it: it is counted, and said
  /// again at the end.
  package func skipped(_ name: String, _ why: String) {
    skips.append("\(name): \(why)")
    say("not run: \(name): \(why)")
  }

  package func expect<Value: Equatable>(_ name: String, _ expected: Value, _ actual: Value) {
    if expected == actual {
      passed(name)
    } else {
      failed(name, "expected \(brief("\(expected)")), got \(brief("\(actual)"))")
    }
  }

  /// Passes where there is nothing to complain of.
  package func expect(_ name: String, _ holds: Bool, orElse why: @autoclosure () -> String) {
    if holds { passed(name) } else { failed(name, brief(why())) }
  }

  /// A command's exit status, and a text in what it says.
  @discardableResult
  package func check(
    _ name: String, _ code: ExitCode, _ text: String, _ command: Command
  ) -> Outcome {
    let outcome = command.run()
    if outcome.status != code.rawValue {
      failed(name, "exit \(outcome.status), expected \(code.rawValue): \(brief(outcome.text))")
    } else if !outcome.text.contains(text) {
      failed(name, "does not say '\(text)': \(brief(outcome.text))")
    } else {
      passed(name)
    }
    return outcome
  }

  /// Says what was left out and why and, alone on the last line, the counts.
  /// - Returns: the status to exit with.
  package func finish() -> Int32 {
    for skip in skips { say("SKIPPED \(skip)") }
    say("\(passes) passed, \(failures) failed" + (skips.isEmpty ? "" : ", \(skips.count) skipped"))
    return failures == 0 && passes + skips.count > 0 ? 0 : 1
  }
}

/// A text that doesn't fill the screen.
private func brief(_ text: String) -> String { String(text.prefix(600)) }

/// A line on standard output, at once. Where nobody reads it any more the test ends.
package func say(_ text: String) {
  if !write(text + "\n", to: 1) {
    Cleanup.run()
    exit(ExitCode.cannotWrite.rawValue)
  }
}

/// Ends with a word about why, before there is anything to count.
package func refuse(_ code: ExitCode, _ text: String) -> Never {
  _ = write("\(CommandLine.arguments[0].split(separator: "/").last ?? ""): \(text)\n", to: 2)
  Cleanup.run()
  exit(code.rawValue)
}

private func write(_ text: String, to descriptor: Int32) -> Bool {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 && errno != EINTR { return false }
    rest = rest.dropFirst(max(0, count))
  }
  return true
}
