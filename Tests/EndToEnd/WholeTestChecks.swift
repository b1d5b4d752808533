import Checks
import FoundationEssentials
import Glibc

/// launch/test over a compiler and suites that only pretend: each part runs although one before it failed, and what
/// can't be counted counts as failed.
extension Workplace {
  func checkWholeTest() {
    let (repository, tools) = (path("whole"), path("tools"))
    for folder in ["\(repository)/launch", "\(repository)/.build/release", tools] {
      Files.makeFolder(folder)
    }
    write("whole/launch/common.sh", "build_program() { :; }\n")
    script(
      "tools/swift",
      """
      while [ $# -gt 0 ]; do
        if [ "$1" = --xunit-output ]; then
          printf '%s\\n' '<testcase name="a()" />' '<testcase name="b()"><failure /><failure />' \\
            '</testcase>' '<testcase name="c()"><skipped /></testcase>' >"$2"
          echo '➜ Test c() skipped: "no c"'
          exit 1
        fi
        shift
      done
      """)
    script("whole/.build/release/srelu", "exit")
    script("whole/.build/release/torture", "echo '1 passed, 0 failed'")
    script(
      "whole/.build/release/endtoend",
      """
      case $1 in
        ranks) exit 3 ;;
        launchers) echo '0 passed, 0 failed' ;;
        cli) printf 'SKIPPED d: no e\\n5 passed, 0 failed, 1 skipped\\n' ;;
        extremes) echo '1 passed, 0 failed'; exit 1 ;;
        studies) printf 'ok e\\nFAILED f: g\\n4 passed, 1 failed\\n'; exit 1 ;;
      esac
      """)
    for name in ["fuzz", "test-hosts"] {
      script("whole/launch/\(name)", "echo '1 passed, 0 failed'")
    }
    script(
      "whole/launch/test-slurm", "echo SKIPPED slurm: $1; echo '0 passed, 0 failed, 1 skipped'")
    let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let whole = [ProcessEntry.ownProgram, "all", "--repository", repository, "--install", "no"]
    let outcome = command(whole).with(["PATH": "\(tools):\(search)"]).run()
    checks.expect("launch/test: exit status", 1, outcome.status)
    checks.expect(
      "launch/test: what failed", ["several ranks", "launchers", "extremes", "f"],
      outcome.lines.filter { $0.hasPrefix("FAILED ") }
        .map { $0.dropFirst("FAILED ".count).prefix { $0 != ":" } })
    checks.expect(
      "launch/test: the last lines",
      [
        "SKIPPED documentation: \(tools)/docc is missing", "SKIPPED unit test c(): no c",
        "SKIPPED d: no e", "SKIPPED slurm: --no-install", "18 passed, 5 failed, 4 skipped",
      ], outcome.lines.suffix(5).map(String.init))
  }

  private func script(_ name: String, _ text: String) {
    write(name, "#!/bin/sh\n\(text)\n")
    chmod(path(name), 0o755)
  }
}
