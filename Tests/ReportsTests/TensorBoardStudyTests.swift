import Experiments
import Foundation
import Reports
import Testing

@Suite("TensorBoard: a study")
struct TensorBoardStudyTests {
  private static let study = SmallStudy.of(
    names: ["mnist", "../x"], seeds: 2, activations: [activation("relu"), activation("prelu")],
    hasLayers: true)

  private func written(
    _ study: ReportedStudy = study, _ body: (String) throws -> Void
  ) throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false, writesEvents: true)
        .write([study])
      try body("\(folder)/tensorboard")
    }
  }

  @Test("A folder for each trial, none outside")
  func folders() throws {
    try written { folder in
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      // One for each of 8 trials, and the experiment's file.
      #expect(names.count == 9)
      #expect(names.count { $0.contains("tfevents") } == 1)
      for trial in Self.study.analysis.results.trials {
        #expect(names.count { $0.contains(trial.summary.id) } == 1)
      }
    }
  }

  /// Counts the occurrences of a text's bytes.
  private func count(_ text: String, in bytes: Data) -> Int {
    var (count, start) = (0, bytes.startIndex)
    while let range = bytes[start...].range(of: Data(text.utf8)) {
      count += 1
      start = range.upperBound
    }
    return count
  }

  @Test("The seeds of a cell are one group: what a session names doesn't tell its seed")
  func groups() throws {
    let runs = Self.study.analysis.results.trials.map(\.summary)
    try written { folder in
      for summary in runs {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        let name = try #require(names.first { $0.contains(summary.id) })
        #expect(name.contains("seed \(summary.seed)"))
        let file = try #require(
          try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").first)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/\(file)"))
        #expect(count("seed", in: bytes) == 0)
        #expect(count(summary.id, in: bytes) == 0)
        #expect(count(summary.cellID, in: bytes) == 1)
        #expect(runs.count { $0.cellID == summary.cellID } == 2)
      }
    }
  }

  /// The events of a study's trials, and of what they have in common, by the names of their folders.
  private func events(in folder: String) throws -> [String: Data] {
    var events: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where path.contains("tfevents") {
      let url = URL(fileURLWithPath: "\(folder)/\(path)")
      events[(path as NSString).deletingLastPathComponent] = try Data(contentsOf: url)
    }
    return events
  }

  @Test("Learned parameters are settings that say so, and have curves by their names")
  func learned() throws {
    try written(SmallStudy.learning) { folder in
      let events = try events(in: folder)
      let own = try #require(events.first { $0.key.hasPrefix("mine") }?.value)
      for text in [
        "1 learned per-channel from 0 to 8", "0.25 learned per-layer", "0.5 learned per-network",
      ] {
        // As a setting, and in the name of its group.
        #expect(count(text, in: own) == 2, "\(text)")
        #expect(count(text, in: try #require(events[""])) == 1, "\(text)")
      }
      let places = ["fc1/a", "fc2/a", "fc1/b", "fc2/b", "network/c"]
      for tag in places.flatMap({ ["\($0)_mean", "\($0)_minimum", "\($0)_maximum"] }) {
        // One for each of two epochs.
        #expect(count(tag, in: own) == 2, "\(tag)")
      }
      #expect(count("fc1/c", in: own) + count("slope", in: own) == 0)
      let relu = try #require(events.first { $0.key.hasPrefix("relu") }?.value)
      #expect(count("learned", in: relu) == 0)
      #expect(count("_mean", in: relu) == count("preactivation_mean", in: relu))
    }
  }

  @Test(
    "TensorBoard finds settings, curves and metrics",
    .enabled(if: tensorBoardPython != nil, "set TENSORBOARD_PYTHON to a python with tensorboard"))
  func read() throws {
    try written { folder in
      let reading = try TensorBoardReadsTests.read(folder: folder)
      // Two data sets, two activations; both seeds of each pair form one group.
      #expect(reading.hparams.sessions.map(\.sessions.count) == [2, 2, 2, 2])
      for trial in Self.study.analysis.results.trials {
        let summary = trial.summary
        let group = try #require(
          reading.hparams.sessions.first { $0.name?.hasSuffix(summary.cellID) == true })
        let session = try #require(group.sessions.first { $0.name.contains(summary.id) })
        let settings = try #require(group.hparams)
        #expect(settings["activation"] == .text(summary.activation))
        #expect(settings["dataset"] == .text(summary.dataset))
        #expect(settings["seed"] == nil)
        #expect(settings["learning_rate"] == .number(0.001))
        #expect(settings["batch_size"] == .number(128))
        #expect(settings["epochs"] == .number(2))
        #expect(settings["optimizer"] == .text("adam"))
        #expect(settings["number_format"] == .text("fp32"))
        #expect(session.status == "STATUS_SUCCESS")
        let curves = try #require(reading.runs[session.name])
        #expect(curves["test/loss"] == [[1, 1], [2, 0.5]])
        #expect(curves["fc2/gradient_norm"] == [[1, 1], [2, 1]])
        #expect((curves["fc1/slope_mean"] != nil) == (summary.activation == "prelu"))
      }
    }
  }
}
