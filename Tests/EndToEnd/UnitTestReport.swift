/// What a run of the unit tests came to, by its report and by what it said.
struct UnitTestReport {
  /// Tests are counted, not the report's "failures": those are issues, and a test may have many.
  let total: Int
  let failed: Int
  /// How many the report calls skipped. It doesn't say why.
  let skipped: Int
  /// Those that were skipped, by what was said, each with the reason.
  let skips: [(name: String, why: String)]

  /// - Parameters:
  ///   - xunit: the report.
  ///   - log: what was said.
  init(xunit: String, log: String) {
    let tests = xunit.split(separator: "<testcase ", omittingEmptySubsequences: false).dropFirst()
    total = tests.count
    failed = tests.count { $0.contains("<failure") || $0.contains("<error") }
    skipped = tests.count { $0.contains("<skipped") }
    skips = log.split(separator: "\n").compactMap { line in
      line.wholeMatch(of: /[^A-Za-z0-9]*Test (.*) skipped(?:: "(.*)"|\.)/).map {
        (String($0.1), $0.2.map(String.init) ?? "")
      }
    }
  }
}
