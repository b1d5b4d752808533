import Foundation

// Feeds mutated files to the parsers: fuzz [--inputs N] [--seed S] [--target NAME] [--replay NAME:S:K]
// The last line is "N passed, N failed", counted by target.

/// Ends with a word about the command line.
func refuse(_ text: String) -> Never {
  FileHandle.standardError.write(Data("fuzz: \(text)\n".utf8))
  exit(64)
}

struct Options {
  var inputs: UInt64 = 1_000_000
  var seed: UInt64 = 1
  var target: String?
  var replay: String?
  var corpus = "Tests/Fuzz/Corpus"
  /// For a worker: its first input and the one after its last, and the file with its place.
  var worker: (first: UInt64, end: UInt64, place: String)?

  init(_ arguments: [String]) {
    var rest = arguments[...]
    while let flag = rest.popFirst() {
      guard let value = rest.popFirst() else { refuse("\(flag) needs a value") }
      switch flag {
      case "--inputs": inputs = number(value, flag)
      case "--seed": seed = number(value, flag)
      case "--target": target = value
      case "--replay": replay = value
      case "--corpus": corpus = value
      case "--worker":
        let parts = value.split(separator: ":", maxSplits: 2).map(String.init)
        worker = (number(parts[0], flag), number(parts[1], flag), parts[2])
      default: refuse("unknown flag \(flag)")
      }
    }
  }

  private func number(_ text: String, _ flag: String) -> UInt64 {
    guard let value = UInt64(text) else { refuse("\(flag) takes a whole number, not \(text)") }
    return value
  }

  func worker(_ name: String, seed: UInt64) -> Worker {
    guard let number = Target.all.firstIndex(where: { $0.name == name }) else {
      refuse("no target \(name); there are \(Target.all.map(\.name).joined(separator: ", "))")
    }
    let folder = "\(corpus)/\(name)"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
    let contents = files.compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
    if contents.isEmpty { refuse("no corpus in \(folder)") }
    return Worker(
      target: Target.all[number], number: number, seed: seed, corpus: contents.map { [UInt8]($0) })
  }
}

/// Runs workers for one target until all inputs were parsed or one ended a process.
struct Driver {
  let options: Options
  let name: String
  let inputs: UInt64

  /// - Returns: whether all went well.
  func run() throws -> Bool {
    let place = NSTemporaryDirectory() + "fuzz-\(getpid())-\(name)"
    defer { unlink(place) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = [
      "--target", name, "--seed", String(options.seed), "--corpus", options.corpus, "--worker",
      "0:\(inputs):\(place)",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let tally = try? JSONDecoder().decode(Tally.self, from: output)
    else {
      report(process, place)
      return false
    }
    print(
      String(
        format: "%@  %8llu inputs  %7llu accepted  %8llu rejected  %8.0f/s  slowest %6.1f ms  "
          + "%5d MB", name.padding(toLength: 11, withPad: " ", startingAt: 0), tally.inputs,
        tally.accepted, tally.inputs - tally.accepted, Double(tally.inputs) / tally.seconds,
        tally.slowest * 1e3, tally.memory >> 10))
    return true
  }

  private func report(_ process: Process, _ place: String) {
    let bytes = FileManager.default.contents(atPath: place) ?? Data()
    let index = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let file = "fuzz-\(name)-\(options.seed)-\(index)"
    try? Data(options.worker(name, seed: options.seed).input(index)).write(
      to: URL(fileURLWithPath: file))
    let isHang =
      process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGPROF
    print(
      "FAILED \(name): input \(index) of seed \(options.seed) "
        + (isHang
          ? "took more than \(Worker.secondsPerInput) s"
          : "ended the process with \(process.terminationStatus)")
        + "; it is in \(file); again: fuzz --replay \(name):\(options.seed):\(index)")
  }
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
if let replay = options.replay {
  let parts = replay.split(separator: ":").map(String.init)
  guard parts.count == 3, let seed = UInt64(parts[1]), let index = UInt64(parts[2]) else {
    refuse("--replay takes NAME:SEED:NUMBER")
  }
  let worker = options.worker(parts[0], seed: seed)
  do {
    try worker.target.parse(worker.input(index))
    print("accepted")
  } catch {
    print("rejected: \(error)")
  }
} else if let range = options.worker, let name = options.target {
  try options.worker(name, seed: options.seed).run(range.first..<range.end, place: range.place)
} else {
  let targets = Target.all.filter { options.target == nil || options.target == $0.name }
  if targets.isEmpty { refuse("no target \(options.target ?? "")") }
  let weights = targets.reduce(0) { $0 + $1.weight }
  var failed = 0
  for target in targets {
    let share = (options.inputs * target.weight + weights - 1) / weights
    if try !Driver(options: options, name: target.name, inputs: max(1, share)).run() { failed += 1 }
  }
  print("\(targets.count - failed) passed, \(failed) failed")
  exit(failed > 0 ? 1 : 0)
}
