import Foundation
import Support

/// What a host wrote.
struct HostWords {
  var status: Int32
  var output: [UInt8] = []
  var errors: [UInt8] = []
  /// Whether `timeout` ended it.
  var isOutOfTime: Bool { status == 124 }

  /// Its last error line, or that of ssh.
  var complaint: String {
    Console.foreign(Self.lines(errors).last { !$0.isEmpty } ?? [])
  }

  static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.filter { $0 != 0 }.split(separator: UInt8(ascii: "\n"))
  }
}

/// The hosts of a job other than this one, reached by ssh.
struct RemoteHosts {
  let names: [String]
  let ssh: [String]
  let environment: [String: String]
  let console: Console

  /// A host can neither hold us up nor fill our memory.
  private static let limits = (seconds: 60, bytes: 1 << 20)

  /// Runs a script on all of them at once. It reads the words from standard input, so that they are on no command
  /// line.
  func run(_ script: String, _ words: String...) -> [String: HostWords] {
    let parties = names.map { ($0, words: command(for: $0)) }
    return Self.ask(parties, script, words, environment) { false } ?? [:]
  }

  func command(for name: String) -> [String] {
    ["timeout", "\(Self.limits.seconds)"] + ssh + [name, "bash"]
  }

  // MARK: - Folders

  /// Makes folders of the same names there, and reports the hosts where that fails.
  /// - Returns: whether all have them.
  func makeFolders(_ folders: RunFolders) -> Bool {
    let answers = run(
      """
      main() {
        read -r run
        read -r memory
        made=yes
        # Hosts may share a file system.
        for folder in "$run" "$memory"; do
          mkdir -m 700 -- "$folder" 2>/dev/null ||
            { [ -d "$folder" ] && [ -O "$folder" ] && [ ! -L "$folder" ]; } ||
            { echo "cannot make $folder" >&2; made=no; }
        done
        [ $made = yes ]
      }
      main
      """, folders.run, folders.memory)
    for name in names {
      if let complaint = answers[name]?.complaint, !complaint.isEmpty {
        console.say("\(name): \(complaint)")
      }
    }
    return names.allSatisfy { answers[$0]?.status == 0 }
  }

  /// Ends what is left of a run there, and removes its folders. Its daemon has the folder on its command line;
  /// ranks exit when the daemon is gone.
  func cleanUp(_ folders: RunFolders) {
    _ = run(
      """
      main() {
        read -r run
        read -r memory
        pkill -KILL -f -- "orte[d].*$run" 2>/dev/null
        pkill -KILL -f -- "prte[d].*$run" 2>/dev/null
        rm -rf -- "$run" "$memory"
      }
      main
      """, folders.run, folders.memory)
  }

  // MARK: - Asking

  /// Runs a script in each of these commands' bash, all at once.
  /// - Parameters:
  ///   - words: what the script reads from standard input. bash reads a script from a pipe line by line, and leaves
  ///     the lines after it to the script.
  ///   - isToStop: asked now and then whether to end all of them.
  /// - Returns: what each wrote, by name; nil if they were ended.
  static func ask(
    _ parties: [(name: String, words: [String])], _ script: String, _ words: [String],
    _ environment: [String: String], isToStop: () -> Bool
  ) -> [String: HostWords]? {
    let input = Array(([script] + words).map { "\($0)\n" }.joined().utf8)
    var open = parties.map { Talk($0.words, input, environment) }
    defer { for talk in open { talk.end() } }
    while open.contains(where: { $0.words.status < 0 }) {
      if isToStop() {
        for talk in open { talk.stop() }
        return nil
      }
      var places: [pollfd] = []
      for talk in open { places += talk.places }
      _ = poll(&places, nfds_t(places.count), 50)
      for index in open.indices { open[index].look(limit: limits.bytes) }
    }
    return Dictionary(uniqueKeysWithValues: zip(parties.map(\.name), open.map(\.words)))
  }

  private struct Talk {
    private(set) var process: pid_t = 0
    private(set) var words = HostWords(status: 127)
    private var output: Int32 = -1
    private var errors: Int32 = -1

    init(_ command: [String], _ input: [UInt8], _ environment: [String: String]) {
      guard let inputs = ChildProcess.pipeEnds(), let outputs = ChildProcess.pipeEnds(),
        let complaints = ChildProcess.pipeEnds()
      else { return }
      (output, errors) = (outputs.from, complaints.from)
      let started = try? ChildProcess.start(
        command, environment: environment, input: inputs.from, output: outputs.to,
        errors: complaints.to)
      for end in [inputs.from, outputs.to, complaints.to] { close(end) }
      if let started {
        (process, words.status) = (started, -1)
        // A pipe holds more than this.
        _ = writeAll(input, to: inputs.to)
      }
      close(inputs.to)
    }

    var places: [pollfd] {
      [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }

    /// Takes what has come. A process that it leaves behind may hold its pipes, and isn't waited for.
    mutating func look(limit: Int) {
      guard words.status < 0 else { return }
      let status = ChildProcess.status(of: process)
      Self.take(&output, &words.output, limit)
      Self.take(&errors, &words.errors, limit)
      if status == nil, max(words.output.count, words.errors.count) > limit {
        kill(process, SIGTERM)
      }
      if let status { words.status = status }
    }

    private static func take(_ descriptor: inout Int32, _ bytes: inout [UInt8], _ limit: Int) {
      while descriptor >= 0, bytes.count <= limit {
        var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, 0) > 0 else { return }
        if let more = ChildProcess.read(descriptor) {
          bytes += more
        } else {
          close(descriptor)
          descriptor = -1
        }
      }
      // It wrote too much.
      if descriptor >= 0 {
        close(descriptor)
        descriptor = -1
      }
    }

    /// Ends it and waits for that.
    func stop() {
      guard words.status < 0 else { return }
      kill(process, SIGTERM)
      _ = ChildProcess.status(of: process, waits: true)
    }

    func end() { for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) } }
  }
}
