import Dispatch
import Foundation

extension Gnuplot {
  enum Drawing {
    case drawn(svg: Data, pdf: Data)
    /// gnuplot's error message.
    case failed(String)
  }

  /// What to do about it.
  static let missing = "gnuplot isn't installed (Debian: gnuplot-nox)."

  static let fileNames = (svg: "figure.svg", pdf: "figure.pdf")

  /// Seconds allowed for one run of gnuplot; a figure takes a fraction of one.
  package static let deadline = 60.0

  /// gnuplot's version; nil where it isn't installed.
  package static func version() -> String? {
    guard let run = try? inFolder({ try run(["--version"], in: $0, deadline: 10) }),
      run.status == 0
    else { return nil }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  static func draw(_ figure: Figure) throws -> Drawing {
    try inFolder { folder in
      if let complaint = try complaint(about: figure.script, in: folder, deadline: deadline) {
        return .failed(complaint)
      }
      func content(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      guard let svg = try? content(fileNames.svg), let pdf = try? content(fileNames.pdf) else {
        return .failed("gnuplot wrote no files.")
      }
      return .drawn(svg: svg, pdf: pdf)
    }
  }

  /// Runs a gnuplot script; returns the error message if it failed or exceeded `deadline` seconds.
  package static func complaint(about script: String, deadline: Double = Gnuplot.deadline) throws
    -> String?
  {
    try inFolder { try complaint(about: script, in: $0, deadline: deadline) }
  }

  private static func complaint(
    about script: String, in folder: String, deadline: Double
  ) throws -> String? {
    try Data(script.utf8).write(to: URL(fileURLWithPath: "\(folder)/figure.gp"))
    // -d ignores the system's and the user's settings, which could change or break every figure.
    let result = try run(["-d", "figure.gp"], in: folder, deadline: deadline)
    return result.status == 0 ? nil : result.output
  }

  /// Runs `body` in a private folder, which is removed afterwards.
  private static func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    do {
      return try body(folder.path)
    } catch let error as CocoaError {
      throw TemporaryFolder.CannotWrite(path: folder.path, reason: error.localizedDescription)
    }
  }

  /// This process's environment without gnuplot's settings, such as `GNUTERM` and `GNUPLOT_LIB`.
  private static var environment: [String: String] {
    let isOwn = { (name: String) in
      name.hasPrefix("GNU") || name.hasPrefix("FIT_") || name == "GDFONTPATH"
    }
    return ProcessInfo.processInfo.environment.filter { !isOwn($0.key) }
      .merging(["LC_ALL": "C.UTF-8"]) { $1 }
  }

  /// Runs gnuplot in a folder, with its output in a file there: reading from a pipe could wait
  /// forever for a program that gnuplot left running.
  private static func run(
    _ arguments: [String], in folder: String, deadline: Double
  ) throws -> (status: Int32, output: String) {
    let messages = "\(folder)/messages"
    let descriptor = open(messages, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    // Serving a report for days draws thousands of figures.
    defer { close(descriptor) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder, isDirectory: true)
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let hasEnded = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in hasEnded.signal() }
    try process.run()
    guard hasEnded.wait(timeout: .now() + deadline) == .success else {
      // The whole process group: gnuplot may be a script around the program.
      kill(-process.processIdentifier, SIGKILL)
      kill(process.processIdentifier, SIGKILL)
      _ = hasEnded.wait(timeout: .now() + 5)
      return (-1, "gnuplot was killed; it may take \(NumberText.duration(deadline)) at most.")
    }
    let text = (try? Data(contentsOf: URL(fileURLWithPath: messages))) ?? Data()
    guard process.terminationReason == .exit else {
      return (-1, "gnuplot was ended by signal \(process.terminationStatus).")
    }
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }
}
