import Foundation

/// A page in a headless Chromium, over its debugging pipe: JSON messages, each ended by a zero byte
/// (https://chromedevtools.github.io/devtools-protocol).
final class Chromium {
  struct Trouble: Error, CustomStringConvertible {
    let description: String
  }

  typealias Message = [String: Any]

  /// The browser's path; nil where it isn't installed.
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// All messages but answers, in order of arrival.
  private(set) var events: [Message] = []
  private let process = Process()
  private let folder: URL
  private let input: FileHandle
  private let output: FileHandle
  private var unread = Data()
  private var lastID = 0
  private var session: String?

  /// Starts the browser with an empty page of this size, for a minute at most.
  init(width: Int, height: Int) throws {
    guard let path = Self.path else { throw Trouble(description: "no Chromium is installed") }
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("chromium-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (toBrowser, fromBrowser) = (folder.path + "/in", folder.path + "/out")
    guard mkfifo(toBrowser, 0o600) == 0, mkfifo(fromBrowser, 0o600) == 0 else {
      throw Trouble(description: "no pipes in \(folder.path)")
    }
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", #"exec timeout --kill-after=1 60 "$@" 3<"$0/in" 4>"$0/out""#, folder.path, path,
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--no-first-run", "--disable-extensions", "--disable-background-networking",
      "--remote-debugging-pipe", "--user-data-dir=\(folder.path)/profile",
      "--window-size=\(width),\(height)", "about:blank",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    // In the shell's order: opening one end blocks until the other is opened.
    input = try FileHandle(forWritingTo: URL(fileURLWithPath: toBrowser))
    output = try FileHandle(forReadingFrom: URL(fileURLWithPath: fromBrowser))
    let target = try call("Target.createTarget", ["url": "about:blank"])
    let attached = try call(
      "Target.attachToTarget", ["targetId": target["targetId"] ?? "", "flatten": true])
    session = attached["sessionId"] as? String
    for domain in ["Runtime", "Log", "Network", "Page"] { _ = try call("\(domain).enable") }
    _ = try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500])
  }

  deinit {
    try? input.close()
    try? output.close()
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Opens a file and waits until it and its pictures have loaded.
  func open(file: String) throws {
    _ = try call("Page.navigate", ["url": URL(fileURLWithPath: file).absoluteString])
    while !events.contains(where: { $0["method"] as? String == "Page.loadEventFired" }) {
      events.append(try next())
    }
  }

  func showAsPrinted() throws { _ = try call("Emulation.setEmulatedMedia", ["media": "print"]) }

  /// Evaluates a JavaScript expression.
  func value(_ expression: String) throws -> Any? {
    let answer = try call(
      "Runtime.evaluate",
      ["expression": expression, "returnByValue": true, "awaitPromise": true])
    if let exception = answer["exceptionDetails"] {
      throw Trouble(description: "\(expression): \(exception)")
    }
    return (answer["result"] as? Message)?["value"]
  }

  /// The requested addresses.
  var requests: [String] {
    parameters(of: "Network.requestWillBeSent").compactMap {
      ($0["request"] as? Message)?["url"] as? String
    }
  }

  /// Errors in the console, the log and exceptions.
  var complaints: [String] {
    let console = parameters(of: "Runtime.consoleAPICalled").filter {
      ["error", "warning", "assert"].contains($0["type"] as? String)
    }
    let log = parameters(of: "Log.entryAdded").filter {
      ["error", "warning"].contains(($0["entry"] as? Message)?["level"] as? String)
    }
    return (console + log + parameters(of: "Runtime.exceptionThrown")).map { "\($0)" }
  }

  private func parameters(of method: String) -> [Message] {
    events.filter { $0["method"] as? String == method }.compactMap { $0["params"] as? Message }
  }

  private func call(_ method: String, _ parameters: Message = [:]) throws -> Message {
    lastID += 1
    var message: Message = ["id": lastID, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try input.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let message = try next()
      guard message["id"] as? Int == lastID else {
        events.append(message)
        continue
      }
      if let error = message["error"] { throw Trouble(description: "\(method): \(error)") }
      return message["result"] as? Message ?? [:]
    }
  }

  private func next() throws -> Message {
    while true {
      if let end = unread.firstIndex(of: 0) {
        let message = try JSONSerialization.jsonObject(with: unread[..<end])
        unread = Data(unread[(end + 1)...])
        return message as? Message ?? [:]
      }
      let chunk = output.availableData
      guard !chunk.isEmpty else { throw Trouble(description: "the browser ended") }
      unread += chunk
    }
  }
}
