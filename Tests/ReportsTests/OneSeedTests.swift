import Experiments
import Foundation
import Reports
import Testing

/// The report of a study with one seed: scores, and what a comparison would take.
@Suite struct OneSeedTests {
  private static func study(seeds: Int, isComplete: Bool = true) -> ReportedStudy {
    var study = SmallStudy.of(
      names: ["mnist"], seeds: seeds,
      activations: ["relu", "elu", "gelu", "srelu"].map { activation($0) })
    study.isComplete = isComplete
    return study
  }

  @Test func scoresAndOneSentence() throws {
    let content = ReportContent(Self.study(seeds: 1))
    // Three comparisons: 2/2⁷ · 3 = 0.047 is the first below 0.05.
    #expect(
      content.answer == [
        "One seed: differences can't be judged. Train more seeds: the study's command (srelu sweep or "
          + "launch/run) with --set 'seeds={first: 0, count: 7}'; what is done is kept.",
        "mnist × ffnn: test accuracy SReLU 0.9020, ReLU 0.9000, ELU 0.9000, GELU 0.9000.",
      ])
    #expect(content.claimsTable == nil)
    #expect(content.tables.map(\.id) == ["scores-mnist-ffnn", "confusions"])
    #expect(content.tables[0].note.hasPrefix("One seed. "))
    #expect(!content.tables[0].columns.contains { $0.key == "seeds" })
    // Precision is 0.5 in every row, so none is best.
    let precision = try #require(
      content.tables[0].columns.firstIndex { $0.key == "precision" })
    let accuracy = try #require(content.tables[0].columns.firstIndex { $0.key == "accuracy" })
    #expect(content.tables[0].rows.map { $0[precision].isBest } == [false, false, false, false])
    #expect(content.tables[0].rows.map { $0[accuracy].isBest } == [false, false, false, true])
    let shown = content.tables.map { $0.note + $0.text } + content.figures.map(\.caption)
    for word in ["Mean ±", "over the seeds", "interval", "all seeds", "seeds together"] {
      #expect(!shown.contains { $0.contains(word) }, "\(word)")
    }
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false)
        .write([Self.study(seeds: 1)])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(!html.contains("no spread is known") && !html.contains("class=\"claims"))
      #expect(!html.contains("Differences are paired"))
      #expect(html.contains("seeds={first: 0, count: 7}"))
      // The JSON keeps its keys.
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/report.json")))
      #expect(((json as? [String: Any])?["claims"] as? [Any])?.count == 9)
    }
    #expect(Self.study(seeds: 1).summary.split(separator: "\n").count == 2)
    let terminal = TerminalReport(Self.study(seeds: 1), columns: 100).text
    #expect(!terminal.contains("UNDECIDED"))
  }

  /// Splits of one set, drawn by seed, need the corrected t test, which takes five seeds.
  @Test func asManySeedsAreAdvisedAsTheTestTakes() {
    var results = Self.study(seeds: 1).analysis.results
    for (testToTrain, count) in [([:], 7), (["mnist": 0.25], 5)] {
      results.testToTrain = testToTrain
      var study = Self.study(seeds: 1)
      study.analysis = StudyAnalysis(results)
      let advice = ReportContent(study).answer[0]
      #expect(advice.contains("count: \(count)}"), "\(advice)")
    }
  }

  @Test func aRunningStudyIsNotAdvised() {
    let answer = ReportContent(Self.study(seeds: 1, isComplete: false)).answer
    #expect(
      answer[0]
        == "So far one seed of each activation has finished: differences can't be judged yet.")
  }

  @Test func twoSeedsAreCompared() {
    let content = ReportContent(Self.study(seeds: 2))
    #expect(content.claimsTable != nil)
    #expect(content.tables.contains { $0.id == "pairs-accuracy" })
    #expect(!content.answer.contains { $0.contains("One seed") })
  }
}
