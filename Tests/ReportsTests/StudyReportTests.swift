import Experiments
import Foundation
import Reports
import Testing

/// A finished trial with this accuracy; the other scores follow from it, each by its own step.
private func finished(
  _ activation: ActivationSpec, _ dataset: String = "mnist", seed: UInt64 = 0, accuracy: Double,
  seconds: Double = 12.5, training: TrainingSpec = TrainingSpec(epochs: 10)
) -> TrialSummary {
  func scores(_ base: Double) -> ClassificationScores {
    ClassificationScores(
      loss: 1, accuracy: base, precision: base - 0.01, recall: base - 0.02, f1: base - 0.03)
  }
  let trial = trial(activation, dataset, seed: seed, training: training)
  return TrialSummary(
    trial,
    TrialOutcome(
      test: scores(accuracy), train: scores(accuracy + 0.0050), confusion: .init(classes: 2),
      classNames: ["a", "b"], epochs: [], ranks: 1, seconds: seconds))
}

private func trial(
  _ activation: ActivationSpec, _ dataset: String = "mnist", seed: UInt64 = 0,
  training: TrainingSpec = TrainingSpec(epochs: 10)
) -> Trial {
  Trial(
    dataset: DatasetSpec(name: dataset), architecture: .ffnn, activation: activation,
    training: training, seed: seed)
}

private let relu = ActivationSpec(name: "relu")
private let gelu = ActivationSpec(name: "gelu")
private func srelu(_ beta: Double) -> ActivationSpec {
  ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": beta])
}

private func results(_ name: String, _ trials: [TrialSummary]) -> StudyResults {
  StudyResults(
    name: name, activations: [], trialCount: trials.count,
    trials: trials.map { StudyResults.TrialResult(summary: $0) })
}

private func made(_ trials: [TrialSummary], name: String = "s") -> StudyReport {
  StudyReport(results(name, trials))
}

private func jsonCells(_ trials: [TrialSummary]) throws -> [[String: Any]] {
  let results = results("s", trials)
  let study = ReportedStudy(
    analysis: StudyAnalysis(results), config: "", provenance: [], standing: "",
    isComplete: true)
  let json = try JSONSerialization.jsonObject(with: Data(ReportJSON.text(study).utf8))
  let tables = try #require((json as? [String: Any])?["tables"] as? [[String: Any]])
  return try #require(tables.first?["cells"] as? [[String: Any]])
}

@Suite struct StudyReportTests {
  @Test func alignsAndMarksOneSeed() {
    let report = made([
      finished(relu, accuracy: 0.9812, seconds: 12.5),
      finished(srelu(0.1), accuracy: 0.9835, seconds: 100),
    ])
    #expect(
      report.text() == """
        mnist × ffnn — test set, one seed
        activation  accuracy   precision   recall       F1       gap   time [s]
        ──────────  ─────────  ──────────  ───────  ───────  ────────  ─────────
        ReLU          0.9812      0.9712   0.9612   0.9512   +0.0050       12.5
        SReLU         0.9835*     0.9735*  0.9635*  0.9535*  +0.0050      100.0
        * best in its column; gap: train minus test accuracy

        Best accuracy: mnist × ffnn SReLU 0.9835

        """)
  }

  @Test func columnsLineUpWhateverTheNamesAreMadeOf() {
    let report = made([
      finished(srelu(0.05), "腫瘍", accuracy: 0.5), finished(srelu(0.25), "腫瘍", accuracy: 0.25),
      finished(relu, "腫瘍", accuracy: 1),
    ])
    let lines = report.text().split(separator: "\n", omittingEmptySubsequences: false)
    // Every row has its accuracy's point in one column, which the wider β shifts for all.
    let columns = lines[3...5].map { line in Array(line).firstIndex(of: ".") }
    #expect(lines[3].hasPrefix("SReLU(α=1, β=0.05)"))
    let accuracyColumns = lines[3...5].map { line -> Int? in
      line.range(of: #"\d\.\d{4}"#, options: .regularExpression).map {
        line.distance(from: line.startIndex, to: $0.lowerBound)
      }
    }
    #expect(columns.count == 3 && Set(accuracyColumns).count == 1)
    #expect(accuracyColumns[0] != nil)
  }

  @Test func givesMeanAndSampleDeviationOverSeeds() {
    // 0.90, 0.92, 0.97: mean 0.93, deviations −3, −1, 4 → √(26/2) = 3.6056 hundredths.
    let accuracies = [0.90, 0.92, 0.97]
    let report = made(
      accuracies.enumerated().map {
        finished(relu, seed: UInt64($0), accuracy: $1)
      })
    #expect(report.text().contains("mean ± standard deviation over 3 seeds"))
    #expect(report.text().contains("0.9300 ± 0.0361"))
    // A lone row is never marked as best.
    let row = report.text().split(separator: "\n").first { $0.hasPrefix("ReLU") }
    #expect(row?.contains("*") == false)
  }

  /// Returns a column's values by the rows' names.
  private func column(_ head: String, of text: String) throws -> [String: String] {
    func fields(_ line: Substring) -> [String] {
      line.components(separatedBy: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    }
    let lines = text.split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.hasPrefix("activation") })
    let index = try #require(fields(lines[start]).firstIndex(of: head))
    let rows = lines[(start + 2)...].prefix { !$0.hasPrefix("* best") }.map(fields)
    return Dictionary(rows.map { ($0[0], $0[index]) }, uniquingKeysWith: { $1 })
  }

  @Test func valuesThatReadTheSameShareTheMark() throws {
    let alike = [finished(relu, accuracy: 0.98351), finished(gelu, accuracy: 0.98349)]
    let text = made(alike + [finished(srelu(0.1), accuracy: 0.5)]).text()
    #expect(
      try column("accuracy", of: text) == ["ReLU": "0.9835*", "GELU": "0.9835*", "SReLU": "0.5000"])
    #expect(text.hasSuffix("\nBest accuracy: mnist × ffnn ReLU = GELU 0.9835\n"))
    // Where all print the same, none is marked.
    let both = made(alike).text()
    #expect(try column("accuracy", of: both) == ["ReLU": "0.9835", "GELU": "0.9835"])
    #expect(both.hasSuffix("\nBest accuracy: mnist × ffnn ReLU = GELU 0.9835\n"))
  }

  @Test func theSmallestGapWithItsSignIsTheBestAndNoTimeIs() throws {
    var overfitted = finished(relu, accuracy: 0.9, seconds: 2)
    overfitted.train?.accuracy = 0.99
    var reversed = finished(gelu, accuracy: 0.9, seconds: 3)
    // Farther from zero, and yet better, as in the comparison seed by seed.
    reversed.train?.accuracy = 0.8
    let report = made([overfitted, reversed])
    #expect(try column("gap", of: report.text()) == ["ReLU": "+0.0900", "GELU": "-0.1000*"])
    // Times vary with the machine's other load: the shorter isn't marked anywhere.
    #expect(report.text().contains("2.00\n") && report.text().contains("3.00\n"))
    #expect(report.markdown.contains("| 2.00 |") && report.markdown.contains("| 3.00 |"))
    #expect(
      try jsonCells([overfitted, reversed]).map { $0["best"] as? [String] } == [
        [], ["generalisation_gap"],
      ])
  }

  @Test func tellsCellsApartBySettingsThatDiffer() throws {
    let report = made([
      finished(relu, accuracy: 0.1),
      finished(
        relu, accuracy: 0.2, training: TrainingSpec(learningRate: 0.01, batchSize: 64, epochs: 3)),
    ])
    let names = ["ReLU, rate 0.001, batch 128, 10 epochs", "ReLU, rate 0.01, batch 64, 3 epochs"]
    #expect(try Set(column("accuracy", of: report.text()).keys) == Set(names))
    let formats = [NumberFormat.fp32, .bf16].map {
      finished(relu, accuracy: 0.5, training: TrainingSpec(epochs: 1, precision: $0))
    }
    #expect(try jsonCells(formats).map { $0["label"] as? String } == ["ReLU, fp32", "ReLU, bf16"])
  }

  @Test func jsonHasEveryTrainingSetting() throws {
    var training = TrainingSpec(learningRate: 0.01, epochs: 3)
    training.shuffle = false
    training.optimizer = VariantSpec("sgd", parameters: ["momentum": .number(0.9)])
    let cells = try jsonCells([
      finished(relu, accuracy: 0.5), finished(relu, accuracy: 0.5, training: training),
    ])
    for field in TrainingSpec.settings {
      #expect(cells.allSatisfy { $0[field.setting.column] != nil }, "\(field.setting.column)")
    }
    #expect(cells[0]["optimizer"] as? String == "adam" && cells[0]["shuffle"] as? Bool == true)
    let optimizer = try #require(cells[1]["optimizer"] as? [String: Any])
    #expect(optimizer["name"] as? String == "sgd")
    #expect(optimizer["parameters"] as? [String: Double] == ["momentum": 0.9])
    #expect(cells[1]["shuffle"] as? Bool == false && cells[1]["epochs"] as? Int == 3)
    #expect(cells[1]["learning_rate"] as? Double == 0.01 && cells[1]["batch_size"] as? Int == 128)
  }

  /// Trials are told apart by the settings in which the study's trials on that data set and network differ.
  @Test func namesOfFailedTrialsTellTheirSettings() {
    let slow = TrainingSpec(learningRate: 0.01, epochs: 10)
    let trials = [trial(relu), trial(relu, training: slow), trial(relu, "own")].map {
      TrialSummary($0, status: .failed, reason: "why")
    }
    #expect(
      made(trials).text().contains(
        "failed: 3 trials (relu mnist ffnn rate 0.001 seed 0, relu mnist ffnn rate 0.01 seed 0, "
          + "relu own ffnn seed 0): why"))
  }

  @Test func listsWhatGaveNoResultAndWhy() {
    let report = made([
      finished(relu, seed: 0, accuracy: 0.5), finished(gelu, seed: 0, accuracy: 0.5),
      TrialSummary(trial(relu, seed: 1), status: .failed, reason: "loss is NaN\nin epoch 2"),
      finished(gelu, seed: 1, accuracy: 0.5),
      TrialSummary(trial(relu, "own"), status: .skipped, reason: "fetch it"),
      TrialSummary(trial(gelu, "own"), status: .skipped, reason: "fetch it"),
    ])
    let lines = report.text().split(separator: "\n")
    #expect(lines.contains("failed: relu mnist ffnn seed 1: loss is NaN in epoch 2"))
    #expect(lines.contains("skipped: 2 trials on own: fetch it"))
    #expect(lines.contains { $0.hasPrefix("ReLU") && $0.hasSuffix("1/2") })
    #expect(lines.contains { $0.hasPrefix("GELU") && $0.hasSuffix("2/2") })
    #expect(lines.contains("own × ffnn — test set, no trial finished"))
    #expect(lines.last?.contains("own") == false)
  }

  /// Each reason appears once: in the progress if that is shown, else in the last lines.
  @Test func aReasonIsToldOnceOverTheWholeOutput() {
    let failures = (0..<7).map {
      TrialSummary(trial(relu, seed: $0), status: .failed, reason: "the disk broke")
    }
    let other = TrialSummary(trial(gelu, seed: 9), status: .failed, reason: "the loss is NaN")
    let skips = [relu, gelu].map {
      TrialSummary(trial($0, "own"), status: .skipped, reason: "fetch it")
    }
    let report = made(failures + [other] + skips)
    func count(_ reason: String, in text: String) -> Int {
      text.components(separatedBy: reason).count - 1
    }
    let names = (0..<5).map { "relu mnist ffnn seed \($0)" }.joined(separator: ", ")
    let seven = "failed: 7 trials (\(names), and 2 more)"
    for text in [report.text(), report.text(said: []), report.markdown] {
      for reason in ["the disk broke", "the loss is NaN", "fetch it"] {
        #expect(count(reason, in: text) == 1, "\(text)")
      }
    }
    #expect(
      report.shortfalls() == [
        "\(seven): the disk broke", "failed: gelu mnist ffnn seed 9: the loss is NaN",
        "skipped: 2 trials on own: fetch it",
      ])
    let why = ", for the reason given above"
    #expect(
      report.shortfalls(said: ["the disk broke", "fetch it"]) == [
        seven + why, "failed: gelu mnist ffnn seed 9: the loss is NaN",
        "skipped: 2 trials on own\(why)",
      ])
    // The progress and the final lines together.
    let trials = (0..<7).map { trial(relu, seed: $0) } + [relu, gelu].map { trial($0, "own") }
    for medium in [ProgressDisplay.Medium.log, .terminal(TerminalSize(columns: 40, rows: 9))] {
      var display = ProgressDisplay(medium)
      for trial in trials { display.introduce(trial, id: trial.id) }
      var text = ""
      for summary in failures + skips { text += display.update(.ended(summary), StudyCounts()) }
      text += display.close() + report.text(said: display.reasonsSaid)
      for reason in ["the disk broke", "fetch it"] {
        #expect(count(reason, in: text) == 1, "\(text)")
      }
    }
  }

  @Test func anEmptyStudySaysSo() {
    #expect(made([]).text() == "No trial finished.\n")
  }

  @Test func markdownHasOneCellForEachHeadAndEscapesNames() {
    let report = made(
      [
        finished(relu, "my|data_set", accuracy: 0.9), finished(gelu, "my|data_set", accuracy: 0.8),
      ], name: "a|b")
    let lines = report.markdown.split(separator: "\n")
    #expect(lines[0] == #"# a\|b"#)
    #expect(lines.contains(#"## my\|data\_set × ffnn"#))
    let rows = lines.filter { $0.hasPrefix("|") }
    #expect(rows.count == 4)
    #expect(rows.allSatisfy { $0.filter { $0 == "|" }.count == 8 })
    #expect(rows[2].hasPrefix("| ReLU | **0.9000** | **0.8900** |"))
    #expect(rows[3].hasPrefix("| GELU | 0.8000 | 0.7900 |"))
  }

  @Test func jsonCarriesTheNumbersAtFullPrecision() throws {
    let third = 1.0 / 3
    let cells = try jsonCells([
      finished(relu, accuracy: third), finished(gelu, accuracy: 0.25),
      TrialSummary(trial(srelu(0.1)), status: .failed, reason: "why"),
    ])
    #expect(cells.map { $0["activation"] as? String } == ["relu", "gelu", "srelu"])
    let accuracy = try #require(cells[0]["accuracy"] as? [String: Any])
    #expect(accuracy["mean"] as? Double == third)
    #expect(accuracy["standard_deviation"] == nil)
    #expect((cells[0]["best"] as? [String])?.contains("accuracy") == true)
    #expect((cells[1]["best"] as? [String])?.contains("accuracy") == false)
    #expect(cells[2]["accuracy"] == nil && cells[2]["failed"] as? Int == 1)
  }
}
