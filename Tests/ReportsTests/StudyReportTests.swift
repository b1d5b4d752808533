import Experiments
import Foundation
import Reports
import Testing

/// A trial that finished with this accuracy; the other scores follow from it, each by its own step.
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

@Suite struct StudyReportTests {
  @Test func alignsAndMarksOneSeed() {
    let report = StudyReport(
      name: "s",
      trials: [
        finished(relu, accuracy: 0.9812, seconds: 12.5),
        finished(srelu(0.1), accuracy: 0.9835, seconds: 100),
      ])
    #expect(
      report.text == """
        mnist × ffnn — test set, one seed
        activation  accuracy   precision   recall       F1       gap   time [s]
        ──────────  ─────────  ──────────  ───────  ───────  ────────  ─────────
        ReLU          0.9812      0.9712   0.9612   0.9512   +0.0050*      12.5
        SReLU         0.9835*     0.9735*  0.9635*  0.9535*  +0.0050*     100.0
        * best in its column; gap: train minus test accuracy

        Best accuracy: mnist × ffnn SReLU 0.9835

        """)
  }

  @Test func columnsLineUpWhateverTheNamesAreMadeOf() {
    let report = StudyReport(
      name: "s",
      trials: [
        finished(srelu(0.05), "腫瘍", accuracy: 0.5), finished(srelu(0.25), "腫瘍", accuracy: 0.25),
        finished(relu, "腫瘍", accuracy: 1),
      ])
    let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
    // In each row the accuracy's point lies in the same column, which the wider β shifts for all.
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
    let report = StudyReport(
      name: "s",
      trials: accuracies.enumerated().map {
        finished(relu, seed: UInt64($0), accuracy: $1)
      })
    #expect(report.text.contains("mean ± standard deviation over 3 seeds"))
    #expect(report.text.contains("0.9300 ± 0.0361"))
    // Alone in its table, a row is marked nowhere.
    let row = report.text.split(separator: "\n").first { $0.hasPrefix("ReLU") }
    #expect(row?.contains("*") == false)
  }

  @Test func valuesThatReadTheSameShareTheMark() {
    let report = StudyReport(
      name: "s",
      trials: [finished(relu, accuracy: 0.98351), finished(gelu, accuracy: 0.98349)])
    #expect(report.tables[0].rows.allSatisfy { $0.best.contains(.accuracy) })
    #expect(report.summary == "Best accuracy: mnist × ffnn ReLU = GELU 0.9835")
  }

  @Test func theSmallestGapWithItsSignIsTheBestAndNoTimeIs() throws {
    var overfitted = finished(relu, accuracy: 0.9, seconds: 2)
    overfitted.train?.accuracy = 0.99
    var reversed = finished(gelu, accuracy: 0.9, seconds: 3)
    // Farther from zero than the other, and yet better: as the comparison seed by seed has it.
    reversed.train?.accuracy = 0.8
    let rows = StudyReport(name: "s", trials: [overfitted, reversed]).tables[0].rows
    #expect(!rows[0].best.contains(.generalisationGap))
    #expect(rows[1].best.contains(.generalisationGap))
    let report = StudyReport(name: "s", trials: [overfitted, reversed])
    #expect(report.text.contains("+0.0900") && report.text.contains("-0.1000*"))
    // What else the machine did shows in a time: the shorter isn't marked anywhere.
    #expect(!rows.contains { $0.best.contains(.seconds) })
    #expect(report.text.contains("2.00\n") && report.text.contains("3.00\n"))
    #expect(report.markdown.contains("| 2.00 |") && report.markdown.contains("| 3.00 |"))
    #expect(try report.json().contains("\"seconds\"\n") == false)
  }

  @Test func tellsCellsApartBySettingsThatDiffer() {
    let report = StudyReport(
      name: "s",
      trials: [
        finished(relu, accuracy: 0.1),
        finished(
          relu, accuracy: 0.2, training: TrainingSpec(learningRate: 0.01, batchSize: 64, epochs: 3)),
      ])
    #expect(
      report.tables[0].rows.map(\.label) == [
        "ReLU, rate 0.001, batch 128, 10 epochs", "ReLU, rate 0.01, batch 64, 3 epochs",
      ])
  }

  @Test func listsWhatGaveNoResultAndWhy() {
    let report = StudyReport(
      name: "s",
      trials: [
        finished(relu, seed: 0, accuracy: 0.5), finished(gelu, seed: 0, accuracy: 0.5),
        TrialSummary(trial(relu, seed: 1), status: .failed, reason: "loss is NaN\nin epoch 2"),
        finished(gelu, seed: 1, accuracy: 0.5),
        TrialSummary(trial(relu, "own"), status: .skipped, reason: "fetch it"),
        TrialSummary(trial(gelu, "own"), status: .skipped, reason: "fetch it"),
      ])
    let lines = report.text.split(separator: "\n")
    #expect(lines.contains("failed: relu mnist ffnn seed 1: loss is NaN in epoch 2"))
    #expect(lines.contains("skipped: 2 trials on own: fetch it"))
    #expect(lines.contains { $0.hasPrefix("ReLU") && $0.hasSuffix("1/2") })
    #expect(lines.contains { $0.hasPrefix("GELU") && $0.hasSuffix("2/2") })
    #expect(lines.contains("own × ffnn — test set, no trial finished"))
    #expect(!report.summary.contains("own"))
  }

  /// Each reason is told once: in the progress, if that is shown, else in the last lines.
  @Test func aReasonIsToldOnceOverTheWholeOutput() {
    let failures = (0..<7).map {
      TrialSummary(trial(relu, seed: $0), status: .failed, reason: "the disk broke")
    }
    let other = TrialSummary(trial(gelu, seed: 9), status: .failed, reason: "the loss is NaN")
    let skips = [relu, gelu].map {
      TrialSummary(trial($0, "own"), status: .skipped, reason: "fetch it")
    }
    let report = StudyReport(name: "s", trials: failures + [other] + skips)
    func count(_ reason: String, in text: String) -> Int {
      text.components(separatedBy: reason).count - 1
    }
    let names = (0..<5).map { "relu mnist ffnn seed \($0)" }.joined(separator: ", ")
    let seven = "failed: 7 trials (\(names), and 2 more)"
    for text in [report.text, report.text(said: []), report.markdown] {
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
    // What the progress said and what is said of it at the end, together.
    let trials = (0..<7).map { trial(relu, seed: $0) } + [relu, gelu].map { trial($0, "own") }
    let byID = Dictionary(uniqueKeysWithValues: trials.map { ($0.id, $0) })
    for medium in [ProgressDisplay.Medium.log, .terminal(TerminalSize(columns: 40, rows: 9))] {
      var display = ProgressDisplay(medium, trials: byID)
      var text = ""
      for summary in failures + skips { text += display.update(.ended(summary), StudyCounts()) }
      text += display.close() + report.text(said: display.reasonsSaid)
      for reason in ["the disk broke", "fetch it"] {
        #expect(count(reason, in: text) == 1, "\(text)")
      }
    }
  }

  @Test func theLastTryCounts() {
    let failed = TrialSummary(trial(relu), status: .failed, reason: "out of memory")
    let report = StudyReport(name: "s", trials: [failed, finished(relu, accuracy: 0.75)])
    #expect(report.failed.isEmpty)
    #expect(report.summary == "Best accuracy: mnist × ffnn ReLU 0.7500")
  }

  @Test func anEmptyStudySaysSo() {
    #expect(StudyReport(name: "s", trials: []).text == "No trial finished.\n")
  }

  @Test func markdownHasOneCellForEachHeadAndEscapesNames() {
    let report = StudyReport(
      name: "a|b",
      trials: [
        finished(relu, "my|data_set", accuracy: 0.9), finished(gelu, "my|data_set", accuracy: 0.8),
      ])
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
    let report = StudyReport(
      name: "s",
      trials: [
        finished(relu, accuracy: third), finished(gelu, accuracy: 0.25),
        TrialSummary(trial(srelu(0.1)), status: .failed, reason: "why"),
      ])
    let json = try report.json()
    let value = try #require(
      JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let table = try #require((value["tables"] as? [[String: Any]])?.first)
    let cells = try #require(table["cells"] as? [[String: Any]])
    #expect(table["dataset"] as? String == "mnist")
    #expect(cells.map { $0["activation"] as? String } == ["relu", "gelu", "srelu"])
    let accuracy = try #require(cells[0]["accuracy"] as? [String: Any])
    #expect(accuracy["mean"] as? Double == third)
    #expect(accuracy["standard_deviation"] == nil)
    #expect((cells[0]["best"] as? [String])?.contains("accuracy") == true)
    #expect((cells[1]["best"] as? [String])?.contains("accuracy") == false)
    #expect(cells[2]["accuracy"] == nil && cells[2]["failed"] as? Int == 1)
    let failed = try #require(value["failed"] as? [[String: Any]])
    #expect(failed.map { $0["reason"] as? String } == ["why"])
  }
}
