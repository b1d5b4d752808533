import Foundation
import Testing

import Reports

/// A Python with TensorBoard, from the environment; nil where none is given or it fails.
let tensorBoardPython: String? = {
  guard let python = ProcessInfo.processInfo.environment["TENSORBOARD_PYTHON"] else { return nil }
  let printed = try? output(of: python, ["-c", "import tensorboard"])
  return printed.map { _ in python }
}()

/// Returns a program's standard output; nil where it fails.
func output(of program: String, _ arguments: [String]) throws -> Data? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return process.terminationStatus == 0 ? data : nil
}

/// The output of `read-tensorboard.py`.
struct TensorBoardReading: Decodable {
  struct Info: Decodable { var name: String; var type: String }
  struct Experiment: Decodable { var hparam_infos: [Info] }
  struct Name: Decodable { var tag: String }
  /// TensorBoard omits a value of zero.
  struct Metric: Decodable { var name: Name; var value: Double? }
  struct Session: Decodable { var name: String; var status: String }
  enum Value: Decodable, Equatable {
    case number(Double), text(String)
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) { self = .number(number); return }
      self = .text(try container.decode(String.self))
    }
  }
  struct Group: Decodable {
    var name: String?
    var hparams: [String: Value]?
    var metric_values: [Metric]?
    var sessions: [Session]
  }
  struct HParams: Decodable { var experiment: Experiment; var sessions: [Group] }
  var files: [String: Int]
  var runs: [String: [String: [[Double]]]]
  var hparams: HParams
}

@Suite(
  "TensorBoard reads the log",
  .enabled(if: tensorBoardPython != nil, "set TENSORBOARD_PYTHON to a python with tensorboard"))
struct TensorBoardReadsTests {
  static func read(folder: String) throws -> TensorBoardReading {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/read-tensorboard.py")
    let python = try #require(tensorBoardPython)
    let printed = try output(of: python, [script.path, folder])
    let json = try #require(printed)
    return try JSONDecoder().decode(TensorBoardReading.self, from: json)
  }

  private func read(_ runs: [TensorBoardRun]) throws -> TensorBoardReading {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tensorboard-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for file in TensorBoardLog.files(runs: runs, wallTime: 1_760_000_000) {
      let path = folder.appendingPathComponent(file.path)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.bytes).write(to: path)
    }
    return try Self.read(folder: folder.path)
  }

  private func run(_ name: String, _ index: Int) -> TensorBoardRun {
    let points = [20, 0, 10].map { step -> TensorBoardRun.Point in
      (
        step: step, wallTime: 1_760_000_000 + Double(step),
        values: [(tag: "train/loss", value: Double(step) / 8)]
      )
    }
    return TensorBoardRun(
      name: name,
      settings: [
        (name: "rate", value: .number(Double(index) / 4)),
        (name: "kind", value: .text("±" + name)),
        (name: "odd", value: index == 0 ? .number(.nan) : .number(Double(index))),
      ],
      points: points, metrics: [(tag: "test/accuracy", value: 0.5 + Double(index) / 64)],
      isFinished: index % 2 == 0, startTime: 1_760_000_000, endTime: 1_760_000_030)
  }

  @Test("Curves, settings, metrics and states, under hostile names")
  func everything() throws {
    let names = TensorBoardLogTests.hostileNames.reduce(into: [String]()) { kept, name in
      if !kept.contains(name), !name.isEmpty { kept.append(name) }
    }
    let runs = names.enumerated().map { run($1, $0) }
    let reading = try read(runs)
    #expect(reading.files.count == runs.count + 1)
    let infos = reading.hparams.experiment.hparam_infos
    #expect(infos.first { $0.name == "rate" }?.type == "DATA_TYPE_FLOAT64")
    #expect(infos.first { $0.name == "odd" }?.type == "DATA_TYPE_STRING")
    #expect(reading.hparams.sessions.count == runs.count)
    for (index, run) in runs.enumerated() {
      let group = try #require(reading.hparams.sessions.first { $0.name == run.name })
      #expect(group.hparams?["rate"] == .number(Double(index) / 4))
      #expect(group.hparams?["kind"] == .text("±" + run.name))
      #expect(group.hparams?["odd"] == .text(index == 0 ? "nan" : "\(index)"))
      #expect(group.metric_values?.map(\.value) == [0.5 + Double(index) / 64])
      #expect(group.metric_values?.map(\.name.tag) == ["test/accuracy"])
      let status = index % 2 == 0 ? "STATUS_SUCCESS" : "STATUS_FAILURE"
      #expect(group.sessions.map(\.status) == [status])
      let curves = try #require(reading.runs[group.sessions[0].name])
      #expect(curves["train/loss"] == [[0, 0], [10, 1.25], [20, 2.5]])
    }
  }

  @Test("Runs of one name are sessions of one group")
  func repeats() throws {
    let reading = try read([run("same", 1), run("same", 2)])
    #expect(reading.hparams.sessions.map(\.sessions.count) == [2])
    #expect(reading.runs.count == 3)
  }
}
