import FoundationEssentials
import Glibc

/// A program as a test runs it: with a deadline, with what it says read while it runs, in a process group of
/// its own, and with every signal as the system has it, whoever called the test.
package struct Command {
  /// What the program reads.
  package enum Source {
    /// `/dev/null`.
    case nothing
    /// No descriptor 0.
    case closed
  }

  /// Where the program's words go.
  package enum Sink {
    /// Into the outcome's text.
    case collected
    /// A file, which is made or emptied before.
    case file(String)
    /// A descriptor of the caller's.
    case descriptor(Int32)
    /// Nowhere: there is no such descriptor.
    case closed
    /// A pipe that nobody reads any more.
    case withoutReader
  }

  package var words: [String]
  /// Where it runs; the caller's folder for nil.
  package var folder: String?
  /// What it finds in its environment beside what the caller has there; nil takes a variable away.
  package var variables: [String: String?] = [:]
  /// Whether it has nothing of the caller's environment.
  package var hasBareEnvironment = false
  package var input = Source.nothing
  package var output = Sink.collected
  /// nil for standard error in the same place as standard output, in the order in which both are written.
  package var errors: Sink?
  /// When it is ended: what hangs fails.
  package var deadline = Duration.seconds(60)
  /// What it is given to end by itself when the test is interrupted: tests clean up after themselves.
  package var patience = Duration.seconds(2)

  package init(_ words: [String], in folder: String? = nil) {
    self.words = words
    self.folder = folder
  }

  /// The command with other variables in its environment.
  package func with(_ variables: [String: String?]) -> Command {
    var copy = self
    copy.variables.merge(variables) { $1 }
    return copy
  }

  /// The command, ended after another time.
  package func within(_ deadline: Duration) -> Command {
    var copy = self
    copy.deadline = deadline
    return copy
  }

  /// The command, started by other words that are put before its own.
  package func behind(_ words: String...) -> Command {
    var copy = self
    copy.words = words + copy.words
    return copy
  }

  /// The command with its words in other places.
  package func writing(to output: Sink, errors: Sink? = nil) -> Command {
    var copy = self
    copy.output = output
    copy.errors = errors
    return copy
  }

  /// Runs it to its end.
  package func run() -> Outcome { start().outcome() }

  /// Starts it.
  package func start() -> Running {
    Cleanup.stopIfInterrupted()
    var actions = FileActions()
    switch input {
    case .nothing: actions.open("/dev/null", O_RDONLY, as: 0)
    case .closed: actions.close(0)
    }
    let output = actions.connect(self.output, as: 1)
    var separate: Int32?
    if let errors {
      separate = actions.connect(errors, as: 2)
    } else if case .closed = self.output {
      actions.close(2)
    } else {
      actions.duplicateOutput()
    }
    // Tests start programs from one thread.
    let here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(here) }
    if let folder { chdir(folder) }
    let (process, error) = actions.spawn(words, environment: environment)
    fchdir(here)
    return Running(
      process: process, output: output, errors: separate, deadline: deadline, patience: patience,
      said: error == 0 ? "" : "can't start \(words[0]): \(String(cString: strerror(error)))")
  }

  private var environment: [String] {
    var values = hasBareEnvironment ? [:] : ProcessInfo.processInfo.environment
    for (name, value) in variables { values[name] = value }
    return values.map { "\($0)=\($1)" }
  }
}

/// How a command ended.
package struct Outcome {
  /// The exit status; 128 and the signal's number where one ended it, 124 where the deadline did, 127 where it
  /// can't be started.
  package let status: Int32
  /// What it wrote to standard output, and to standard error where that has no other place.
  package let text: String
  /// What it wrote to standard error, where that was collected apart.
  package let errors: String

  package init(status: Int32, text: String, errors: String) {
    self.status = status
    self.text = text
    self.errors = errors
  }

  /// The lines of the text, but for empty ones and the zero bytes that Open MPI 5 puts behind its own pages.
  package var lines: [Substring] {
    text.split(separator: "\n").map { $0.contains("\0") ? $0.filter { $0 != "\0" }[...] : $0 }
  }
}

/// The descriptors of a process to be, and where it begins.
private struct FileActions: ~Copyable {
  private var actions = posix_spawn_file_actions_t()
  /// What this process has no use for once the other one is there.
  private var given: [Int32] = []

  init() { posix_spawn_file_actions_init(&actions) }

  deinit {
    var actions = actions
    posix_spawn_file_actions_destroy(&actions)
  }

  mutating func open(_ path: String, _ flags: Int32, as descriptor: Int32) {
    posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0o600)
  }

  mutating func close(_ descriptor: Int32) {
    posix_spawn_file_actions_addclose(&actions, descriptor)
  }

  mutating func duplicateOutput() { posix_spawn_file_actions_adddup2(&actions, 1, 2) }

  /// - Returns: the end to read from, where the words are collected.
  mutating func connect(_ sink: Command.Sink, as descriptor: Int32) -> Int32? {
    switch sink {
    case .closed: close(descriptor)
    case .file(let path): open(path, O_WRONLY | O_CREAT | O_TRUNC, as: descriptor)
    case .descriptor(let other):
      posix_spawn_file_actions_adddup2(&actions, other, descriptor)
    case .withoutReader, .collected:
      let ends = pipeEnds()
      posix_spawn_file_actions_adddup2(&actions, ends[1], descriptor)
      given.append(ends[1])
      if case .collected = sink { return ends[0] }
      Glibc.close(ends[0])
    }
    return nil
  }

  mutating func spawn(_ words: [String], environment: [String]) -> (pid_t, Int32) {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    sigfillset(&all)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let error = withStrings(words) { words in
      withStrings(environment) {
        posix_spawnp(&process, words[0]!, &actions, &attributes, words, $0)
      }
    }
    for descriptor in given { Glibc.close(descriptor) }
    return (error == 0 ? process : 0, error)
  }
}

/// The ends of a pipe, to read from and to write to, which no program inherits.
package func pipeEnds() -> [Int32] {
  var ends: [Int32] = [-1, -1]
  pipe(&ends)
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return ends
}

private func withStrings<R>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  let copies = strings.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
