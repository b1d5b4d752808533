import Glibc
import Support

/// Counts checks, and says of each how it went. Its last line is what `take` reads of a suite.
package final class Checks {
  private var passes = 0
  private var failures = 0
  private var skips: [String] = []

  private let isSilent: Bool

  /// - Parameter isSilent: whether only the summary is asked for.
  package init(isSilent: Bool = false) { self.isSilent = isSilent }

  private func tell(_ line: String) {
    if !isSilent { say(line) }
  }

  /// Adds what somebody else counted, and named where it failed.
  package func count(passed: Int, failed: Int) {
    passes += passed
    failures += failed
  }

  package func passed(_ name: String) {
    passes += 1
    tell("ok \(name)")
  }

  package func failed(_ name: String, _ why: String) {
    failures += 1
    tell("FAILED \(name): \(why)")
  }

  /// Left out because of this machine. It is no failure, but nobody should overlook it: it is counted, and said
  /// again at the end.
  package func skipped(_ name: String, _ why: String) {
    skips.append("\(name): \(why)")
    tell("not run: \(name): \(why)")
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
    } else if !text.isEmpty && !outcome.text.contains(text) {
      failed(name, "does not say '\(text)': \(brief(outcome.text))")
    } else {
      passed(name)
    }
    return outcome
  }

  /// Adds up a suite that ends as this one does. One that ends otherwise, finds nothing to check, or whose
  /// status, skips and counts disagree, counts as failed.
  package func take(_ name: String, _ outcome: Outcome) {
    for line in outcome.lines where !line.hasPrefix("ok ") { tell(String(line)) }
    let format = /([0-9]+) passed, ([0-9]+) failed(?:, ([0-9]+) skipped)?/
    guard let counts = outcome.lines.last?.wholeMatch(of: format),
      let passes = Int(counts.1), let failures = Int(counts.2)
    else { return failed(name, "ended with status \(outcome.status) and no count") }
    let said = counts.3.flatMap { Int($0) } ?? 0
    let named = outcome.lines.filter { $0.hasPrefix("SKIPPED ") }
    self.passes += passes
    self.failures += failures
    skips += named.map { String($0.dropFirst("SKIPPED ".count)) }
    if passes + failures + said == 0 {
      failed(name, "nothing was checked")
    } else if named.count != said {
      failed(name, "counts \(said) skipped, and names \(named.count)")
    } else if failures == 0 && outcome.status != 0 {
      failed(name, "counts no failure, yet ended with status \(outcome.status)")
    }
  }

  /// What was left out and why and, as the last line, the counts.
  package var summary: [String] {
    let count = "\(passes) passed, \(failures) failed"
    return skips.map { "SKIPPED \($0)" }
      + [count + (skips.isEmpty ? "" : ", \(skips.count) skipped")]
  }

  /// Says the summary.
  ///
  /// - Returns: the status to exit with.
  package func finish() -> Int32 {
    for line in summary { say(line) }
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

/// A line on standard error.
package func note(_ text: String) {
  _ = write("\(CommandLine.arguments[0].split(separator: "/").last ?? ""): \(text)\n", to: 2)
}

/// Ends with a word about why, before there is anything to count.
package func refuse(_ code: ExitCode, _ text: String) -> Never {
  note(text)
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
