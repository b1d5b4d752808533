import Experiments
import Foundation
import Reports
import Testing

/// Texts that must not do anything, wherever they come up.
private let hostileNames = [
  "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "'><img src=x onerror=alert(1)>",
  // A quote and an angle bracket that a combining mark hides from whoever looks at characters.
  "\"\u{301} onmouseover=alert(1)", "<\u{338}script>alert(1)</script>", "</title></style></script>",
  "{{title}} {{{policy}}}", "`rm -rf /` $(reboot) '; system('reboot')", "\u{202E}gnp.exe",
  String(repeating: "ab ", count: 100), "活性化関数 Ωμέγα ألف",
]

@Suite struct ReportPageTests {
  private func study(names: [String], seeds: Int = 3) -> ReportedStudy {
    let activations = ["relu", "srelu"].compactMap {
      ActivationCatalogue.entry(named: $0)?.resolved()
    }
    let trials = names.flatMap { name in
      activations.flatMap { activation in
        (0..<seeds).map { result(name, activation, seed: $0) }
      }
    }
    let results = StudyResults(
      name: names[0], activations: activations, trialCount: trials.count, trials: trials)
    return ReportedStudy(
      analysis: StudyAnalysis(results), folder: names[0], config: "name: \(names[0])\n",
      provenance: [(names[0], names[0])], standing: names[0], isComplete: false, isSearch: true)
  }

  private func result(
    _ name: String, _ activation: ActivationSpec, seed: Int
  ) -> StudyResults.TrialResult {
    let trial = Trial(
      dataset: DatasetSpec(name: name), architecture: .ffnn, activation: activation,
      training: TrainingSpec(epochs: 2), seed: UInt64(seed))
    let accuracy = 0.9 + 0.01 * Double(seed) + (activation.name == "srelu" ? 0.002 : 0)
    let scores = ClassificationScores(
      loss: 0.25, accuracy: accuracy, precision: 0.5, recall: 0.5, f1: accuracy)
    let epochs = (1...2).map {
      EpochRecord(
        epoch: $0, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1 / Double($0), testAccuracy: 0.5,
        seconds: 1)
    }
    let outcome = TrialOutcome(
      test: scores, train: scores, confusion: ConfusionMatrix(rows: [[5, 2], [1, 7]]),
      classNames: [name, "other"], epochs: epochs, ranks: 1, seconds: 2)
    var summary = TrialSummary(trial, outcome)
    summary.reason = name
    return StudyResults.TrialResult(
      summary: summary, epochs: epochs, confusion: outcome.confusion,
      classNames: outcome.classNames)
  }

  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("report-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// What isn't markup of the page's own: tags by name, and every attribute that acts.
  @Test func hostileNamesStayInert() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false)
        .write([study(names: hostileNames), study(names: hostileNames.reversed())])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      let scalars = html.unicodeScalars
      func count(_ text: String) -> Int {
        String(scalars).utf8Ranges(of: text)
      }
      #expect(count("<script") == 1)
      #expect(count("</script") == 1)
      #expect(count("<title") == 1)
      #expect(count("<img src=x") == 0)
      #expect(count("\"\u{301}") == 0)
      #expect(count("\u{202E}") == 0)
      // Text may say what it likes, but every quote of it is escaped: no attribute of its own.
      #expect(count("\" onmouseover=") == 0)
      #expect(count("&lt;script&gt;alert(1)&lt;/script&gt;") > 2)
      #expect(count("{{title}} {{{policy}}}") > 2)
      #expect(count("活性化関数") > 2)
    }
  }

  @Test func filesAreThereAndHoldTheNumbers() throws {
    try inFolder { folder in
      let study = study(names: ["mnist"])
      _ = try ReportWriter(folder: folder, drawsFigures: false).write([study])
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      }
      let rows = try CSV.rows(try text("tables/scores-mnist-ffnn.csv"))
      #expect(rows.count == 3)
      #expect(rows[0].prefix(3) == ["activation", "seeds", "accuracy"])
      #expect(rows[1].prefix(2) == ["ReLU", "3"])
      // The mean of 0.90, 0.91, 0.92.
      #expect(abs((Double(rows[1][2]) ?? 0) - 0.91) < 1e-12)
      let latex = try text("tables/scores-mnist-ffnn.tex")
      #expect(latex.contains("SReLU & 3 & \\textbf{0.9120 $\\pm$ 0.0100}"))
      #expect(try CSV.rows(try text("results.csv")).count == 7)
      #expect(try CSV.rows(try text("epochs.csv")).count == 13)
      let json = try JSONSerialization.jsonObject(with: Data(try text("report.json").utf8))
      let object = try #require(json as? [String: Any])
      #expect(object["subject"] as? String == "srelu")
      #expect((object["claims"] as? [Any])?.count == 9)
      let page = try text("index.html")
      #expect(page.contains("data-sort=\"0.912\""))
      #expect(page.contains("0.9120 ± 0.0100"))
    }
  }

  @Test func terminalHasAnswerTablesAndCurves() {
    let text = TerminalReport(study(names: ["mnist"]), columns: 100).text
    #expect(text.contains("SReLU reaches 0.9120 ± 0.0100 (3 seeds), rank 1 of 2"))
    #expect(text.contains("UNDECIDED: highest accuracy"))
    #expect(text.contains("█▁  1.0000 → 0.5000"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test(
    arguments: [
      ([1, 2, 3, 4], "▁▃▆█"), ([5, 5], "▁▁"), ([1, nil, 8], "▁ █"), ([], ""),
    ] as [([Double?], String)])
  func sparklines(values: [Double?], expected: String) {
    #expect(Sparkline.text(values, columns: 80) == expected)
  }

  @Test func sparklinesFit() {
    let text = Sparkline.text((0..<1000).map { Double($0) }, columns: 40)
    #expect(text.count == 40)
    #expect(text.first == "▁" && text.last == "█")
  }

  @Test(.enabled(if: Gnuplot.version() != nil))
  func figuresAreDrawnForHostileNames() throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder).write([study(names: hostileNames)])
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/figures")
      let drawn = files.filter { $0.hasSuffix(".svg") }
      #expect(drawn.count >= 3 * hostileNames.count - 3)
      #expect(files.filter { $0.hasSuffix(".pdf") }.count == drawn.count)
      let html = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
      #expect(!html.contains("couldn't be drawn"), "\(html.prefix(20_000).suffix(3_000))")
      for file in drawn {
        let svg = try String(contentsOfFile: "\(folder)/figures/\(file)", encoding: .utf8)
        #expect(!svg.contains("<script"), "\(file)")
        #expect(svg.contains("</svg>"), "\(file)")
      }
    }
  }
}

extension String {
  /// How often the bytes of a text come up: Swift's own search goes by characters.
  fileprivate func utf8Ranges(of text: String) -> Int {
    let (bytes, wanted) = (Array(utf8), Array(text.utf8))
    guard bytes.count >= wanted.count, let first = wanted.first else { return 0 }
    var count = 0
    for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
      if bytes[start..<start + wanted.count].elementsEqual(wanted) { count += 1 }
    }
    return count
  }
}
