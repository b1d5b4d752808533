import Checks
import FoundationEssentials
import Glibc
import Support

/// A copy of the repository in which the program, mpirun, ssh and Slurm only pretend. Launchers are called there:
/// nothing is trained, and no network is needed.
final class PretendedRepository {
  let checks: Checks
  /// Where everything lies; the programs that pretend know it as SCRATCH.
  let scratch: String
  /// Where launchers are called.
  let place: String
  /// The repository.
  let copy: String
  /// The programs that pretend.
  let fakes: String
  /// What the last launcher said.
  private(set) var said = ""
  private let temporary: String
  private let original: String

  /// So long, in seconds, waits whatever is to be ended; no other run of these checks has the same number.
  let long = "86400.\(getpid())"

  /// - Parameter name: the copy's; a path that goes to other hosts has no spaces.
  init(_ workplace: Workplace, name: String = "a copy of it") {
    checks = workplace.checks
    original = workplace.repository
    scratch = workplace.path("pretended")
    Files.remove(scratch)
    place = "\(scratch)/place"
    copy = "\(scratch)/\(name)"
    fakes = "\(scratch)/fakes"
    temporary = "\(scratch)/tmp"
    for folder in [place, fakes, temporary, "\(copy)/.build/launch", "\(copy)/Sources"] {
      Files.makeFolder(folder)
    }
    _ = Command(["cp", "-R", "\(original)/launch", "\(original)/configs", copy]).run()
    Files.write("\(copy)/Package.swift", "")
    Files.write("\(place)/s.yaml", "name: s\n")
    installProgram()
    pretend("mpirun", Self.mpirun)
  }

  /// The launchers are the built program's, and take it for built; they are told of another one for the ranks.
  private func installProgram() {
    let release = "\(copy)/.build/release"
    Files.makeFolder(release)
    symlink("\(original)/.build/release/srelu", "\(release)/srelu")
    Files.write("\(copy)/.build/launch/srelu-built", "")
    Files.makeFolder("\(scratch)/program")
    script(program, Self.program)
    // launch/run, where the tools of the build aren't asked for: whether they are here is not what this is about.
    script(
      "\(scratch)/run",
      #"""
      #!/usr/bin/env bash
      set -- --no-install "$@"
      BASH_ARGV0=run
      source <(sed -e 's|\${BASH_SOURCE\[0\]}|COPY/launch/run|' -e 's|^ *set_up_tools .*||' "COPY/launch/run")

      """#.replacing("COPY", with: copy))
  }

  /// The program that pretends: what the ranks run, and what writes the report.
  var program: String { "\(scratch)/program/srelu" }

  /// Leaves word of how it was called, and does what HOW says.
  private static let mpirun = #"""
    #!/usr/bin/env bash
    if [[ $1 == --version ]]; then echo "mpirun (Open MPI) ${MPI_VERSION:-4.1.4}"; exit; fi
    { pwd -P; printf '%s\n' "$@"; } >"$SCRATCH/called"
    env | sort >"$SCRATCH/environment"
    if [[ -n ${SRELU_FOLDER_FILE:-} && ${HOW:-} != refuses ]]; then
      mkdir -p "$SCRATCH/results"
      printf '{"code":0,"event":"closed"}\n' >"$SCRATCH/results/journal.jsonl"
      printf '%s' "$SCRATCH/results" >"$SRELU_FOLDER_FILE"
    fi
    cat -- "${PAGES:-/dev/null}" >&2 || exit 141
    cat -- "${WORDS:-/dev/null}" 2>/dev/null || exit 141
    if [[ ${HOW:-} == awaits ]]; then
      for ((try = 0; try < 600; try++)); do
        if [[ -e $SCRATCH/read ]]; then echo yes >"$SCRATCH/in-time"; break; fi
        /bin/sleep 0.05
      done
    fi
    exit "${STATUS:-0}"

    """#

  private static let program = #"""
    #!/usr/bin/env bash
    if [[ $1 == report ]]; then echo yes >"$SCRATCH/reported"; fi
    echo "the program: $*"

    """#

  // MARK: - Commands

  /// A program that pretends.
  func pretend(_ name: String, _ text: String) { script("\(fakes)/\(name)", text) }

  func script(_ path: String, _ text: String) {
    Files.write(path, text)
    chmod(path, 0o755)
  }

  /// What is called in the place of the caller, with the programs that pretend and a folder for temporary files of
  /// its own. What the programs that pretend go by is what stands here, and nothing of the caller's.
  func command(_ words: [String]) -> Command {
    var variables: [String: String?] = [
      "PATH": "\(fakes):\(searchPath)", "TMPDIR": temporary, "SCRATCH": scratch, "LONG": long,
      "SRELU_PROGRAM": program,
    ]
    for name in [
      "STATUS", "HOW", "WORDS", "PAGES", "MPI_VERSION", "SSH_STATUS", "COMMAND", "CORES",
    ] {
      variables.updateValue(nil, forKey: name)
    }
    return Command(words, in: place).with(variables)
  }

  var searchPath: String { ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin" }

  func local(_ words: String...) -> Command { local(words) }
  func local(_ words: [String]) -> Command { launcher("local", words) }
  func launcher(_ name: String, _ words: [String]) -> Command {
    command(["\(copy)/launch/\(name)"] + words)
  }
  /// launch/run, which builds nothing here.
  func run(_ words: [String]) -> Command { command(["\(scratch)/run"] + words) }

  /// A pipeline of the shell's, which knows the command as "$@".
  func piped(_ pipeline: String, _ command: Command) -> Command {
    command.behind("bash", "-c", pipeline, "bash")
  }

  // MARK: - Checks

  /// Calls a launcher, which is to end so, say so, and leave no temporary files.
  func launch(_ name: String, _ code: ExitCode, _ text: String, _ command: Command) {
    launch(name, status: code.rawValue, text, command)
  }

  func launch(_ name: String, status: Int32, _ text: String, _ command: Command) {
    for file in ["called", "environment"] { Files.remove("\(scratch)/\(file)") }
    let outcome = command.run()
    said = outcome.text + outcome.errors
    expect("\(name): exit status", status, outcome.status)
    if !text.isEmpty { expect("\(name): says so", said.contains(text), orElse: said) }
    expectNothingLeft(name)
  }

  func expectNothingLeft(_ name: String) {
    expect("\(name): nothing is left", [], Files.names(temporary))
  }

  /// What the last one said has none of this in any line.
  func silent(_ name: String, _ pattern: some RegexComponent) {
    expect(name, !said.contains(pattern), orElse: said)
  }

  /// What the last one said has nothing that a terminal would obey.
  func harmless(_ name: String) {
    expect(
      name,
      !said.unicodeScalars.contains { (1...8).contains($0.value) || (11...31).contains($0.value) },
      orElse: said)
  }

  func expect<Value: Equatable>(_ name: String, _ expected: Value, _ actual: Value) {
    checks.expect("launchers: \(name)", expected, actual)
  }

  func expect(_ name: String, _ holds: Bool, orElse why: @autoclosure () -> String) {
    checks.expect("launchers: \(name)", holds, orElse: why())
  }

  /// Whether mpirun got these words in a row.
  func expectCalled(_ name: String, with words: String...) {
    let called = called.joined(separator: " ") + " "
    expect(name, called.contains(" \(words.joined(separator: " ")) "), orElse: called)
  }

  /// Nothing that came from outside was run as a command.
  func expectNoCommandRun(_ name: String) {
    expect(name, [], Files.all(scratch).filter { $0.split(separator: "/").last == "PWNED" })
  }

  /// What would leave word of it if somebody ran it as a command.
  var trap: String { "$(touch \(scratch)/PWNED)" }

  // MARK: - What the programs that pretend left

  /// The folder that mpirun was called in, and its words.
  var called: [String] {
    Files.text("\(scratch)/called").split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  func calledIn() -> String { called.first ?? "" }

  /// The lines of mpirun's environment that begin so.
  func environment(_ beginnings: String...) -> [String] {
    Files.text("\(scratch)/environment").split(separator: "\n").map(String.init).filter { line in
      beginnings.contains { line.hasPrefix($0) }
    }
  }

  func exists(_ name: String) -> Bool { Files.exists("\(scratch)/\(name)") }
  func text(_ name: String) -> String { Files.text("\(scratch)/\(name)") }
  func write(_ name: String, _ text: String) { Files.write("\(scratch)/\(name)", text) }

  /// Who waits as long as nobody would.
  var waiting: [String] {
    ProcessEntry.all.filter { $0.words == ["/bin/sleep", long] }.map { "\($0.process)" }
  }
}
