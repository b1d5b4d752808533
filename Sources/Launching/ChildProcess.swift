import Glibc
import Support

/// Starts programs and says how they ended.
enum ChildProcess {
  /// POSIX_SPAWN_SETSID, which the C library's Swift module leaves out.
  private static let ownSession: Int16 = 0x80

  /// Starts a program from PATH, with the signal mask that this process began with.
  /// - Parameters:
  ///   - input, output, errors: its standard descriptors; this process's own by default.
  ///   - isApart: whether it gets a session of its own, so that a terminal's signals don't reach it and its
  ///     remains can be found.
  static func start(
    _ words: [String], environment: [String: String], input: Int32? = nil, output: Int32? = nil,
    errors: Int32? = nil, isApart: Bool = false
  ) throws(SystemCallError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (own, descriptor) in [(input, 0), (output, 1), (errors, 2)] as [(Int32?, Int32)] {
      if let own { posix_spawn_file_actions_adddup2(&actions, own, descriptor) }
    }
    if input == nil { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This process ignores them.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGPIPE, SIGXFSZ] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var mask = AwaitedSignals.before
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | (isApart ? ownSession : 0))
    var process: pid_t = 0
    let error = withStrings(words) { words in
      withStrings(environment.map { "\($0)=\($1)" }) {
        posix_spawnp(&process, words[0]!, &actions, &attributes, words, $0)
      }
    }
    guard error == 0 else { throw SystemCallError(code: error) }
    return process
  }

  /// How a process ended: its exit status, or 128 and the number of the signal that ended it.
  /// - Returns: nil while it runs, unless `waits`.
  static func status(of process: pid_t, waits: Bool = false) -> Int32? {
    var word: Int32 = 0
    var ended: pid_t
    repeat {
      ended = waitpid(process, &word, waits ? 0 : WNOHANG)
    } while ended < 0
      && errno == EINTR
    guard ended != 0 else { return nil }
    guard ended > 0 else { return 127 }
    return word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + word & 0x7f
  }

  /// Runs a program to its end.
  /// - Returns: its exit status; 127 if it can't be started.
  static func run(
    _ words: [String], environment: [String: String], output: Int32? = nil
  ) -> Int32 {
    guard let process = try? start(words, environment: environment, output: output) else {
      return 127
    }
    return status(of: process, waits: true) ?? 127
  }

  /// Runs a program to its end, or until it has written more than a megabyte.
  /// - Parameter joinsErrors: whether standard error is collected too.
  /// - Returns: its exit status, 127 if it can't be started, and what it wrote.
  static func output(
    _ words: [String], environment: [String: String], joinsErrors: Bool = true
  ) -> (status: Int32, text: String) {
    guard let (from, to) = pipeEnds() else { return (127, "") }
    defer { close(from) }
    let nowhere = joinsErrors ? to : open("/dev/null", O_WRONLY | O_CLOEXEC)
    let process = try? start(words, environment: environment, output: to, errors: nowhere)
    close(to)
    if !joinsErrors { close(nowhere) }
    guard let process else { return (127, "") }
    var bytes: [UInt8] = []
    while bytes.count <= 1 << 20, let part = read(from) { bytes += part }
    if bytes.count > 1 << 20 { kill(process, SIGKILL) }
    return (status(of: process, waits: true) ?? 127, String(decoding: bytes, as: UTF8.self))
  }

  /// The next bytes of a pipe; nil at its end.
  static func read(_ descriptor: Int32) -> [UInt8]? {
    while true {
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, length in
        count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        length = max(count, 0)
      }
      if count > 0 { return bytes }
      if count == 0 || errno != EINTR { return nil }
    }
  }

  /// A pipe that no program inherits.
  static func pipeEnds() -> (from: Int32, to: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Kills every process of a session.
  static func endSession(_ session: pid_t) {
    for (process, stat) in ProcessStat.all where stat.session == session { kill(process, SIGKILL) }
  }

  /// Where a program is in PATH.
  static func path(of program: String, in environment: [String: String]) -> String? {
    (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 && !Paths.isFolder($0) }
  }

  private static func withStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
