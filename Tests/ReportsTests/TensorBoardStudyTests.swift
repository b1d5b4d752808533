import Experiments
import Foundation
import Reports
import Testing

/// A study as event files.
@Suite("TensorBoard: a study")
struct TensorBoardStudyTests {
  private static let study = SmallStudy.of(
    names: ["mnist", "../x"], seeds: 2, activations: [activation("relu"), activation("prelu")],
    hasLayers: true)

  private func written(_ body: (String) throws -> Void) throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false, writesEvents: true)
        .write([Self.study])
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

  @Test(
    "TensorBoard finds settings, curves and metrics",
    .enabled(if: tensorBoardPython != nil, "set TENSORBOARD_PYTHON to a python with tensorboard"))
  func read() throws {
    try written { folder in
      let reading = try TensorBoardReadsTests.read(folder: folder)
      #expect(reading.hparams.sessions.count == 8)
      for trial in Self.study.analysis.results.trials {
        let summary = trial.summary
        let group = try #require(
          reading.hparams.sessions.first { $0.name?.hasSuffix(summary.id) == true })
        let settings = try #require(group.hparams)
        #expect(settings["activation"] == .text(summary.activation))
        #expect(settings["dataset"] == .text(summary.dataset))
        #expect(settings["seed"] == .number(Double(summary.seed)))
        #expect(settings["learning_rate"] == .number(0.001))
        #expect(settings["batch_size"] == .number(128))
        #expect(settings["epochs"] == .number(2))
        #expect(settings["optimizer"] == .text("adam"))
        #expect(settings["number_format"] == .text("fp32"))
        #expect(settings["ranks"] == .number(1))
        #expect(group.sessions.map(\.status) == ["STATUS_SUCCESS"])
        let curves = try #require(reading.runs[group.sessions[0].name])
        #expect(curves["test/loss"] == [[1, 1], [2, 0.5]])
        #expect(curves["fc2/gradient_norm"] == [[1, 1], [2, 1]])
        #expect((curves["fc1/slope_mean"] != nil) == (summary.activation == "prelu"))
      }
    }
  }
}
