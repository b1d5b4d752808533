import Experiments
import Foundation
import Reports
import Support
import Testing

@Suite struct ReportPageTests {
  /// All markup is the page's own: tags by name, and every active attribute.
  @Test func hostileNamesStayInert() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false)
        .write([SmallStudy.of(names: hostileNames), SmallStudy.of(names: hostileNames.reversed())])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      let scalars = html.unicodeScalars
      func count(_ text: String) -> Int {
        String(scalars).utf8Ranges(of: text)
      }
      #expect(count("<script") == 1)
      #expect(count("</script") == 1)
      #expect(count("<title") == 1)
      #expect(count("<img") == 0)
      #expect(count("\"\u{301}") == 0)
      #expect(count("\u{202E}") == 0)
      // Text may contain anything, but its quotes are escaped: it can't add an attribute.
      #expect(count("\" onmouseover=") == 0)
      // Per study: claims, scores of each block, two of pairs, ranks, confusions, trials.
      let tables = 2 * (1 + hostileNames.count + 2 + 1 + 1 + 1) + 1
      #expect(count("<table") == tables)
      #expect(count(">CSV</a>") == tables)
      #expect(count(">LaTeX</a>") == tables)
      #expect(count("<section class=\"study\"") == 2)
      // Per study: data set and reason of six trials, a class in two pairs.
      #expect(count("<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>") == 2 * (2 * 6 + 2))
      #expect(count("<td>{{title}} {{{policy}}}</td>") == 2 * (2 * 6 + 2))
      #expect(count("<td>活性化関数 Ωμέγα ألف</td>") == 2 * (2 * 6 + 2))
    }
  }

  /// Counts the values of an attribute.
  private func values(of attribute: String, in html: String) -> [String: Int] {
    html.components(separatedBy: " \(attribute)=\"").dropFirst()
      .reduce(into: [:]) { counts, rest in
        counts[String(rest.prefix { $0 != "\"" }), default: 0] += 1
      }
  }

  @Test func idsAndFilesAreUnique() throws {
    let names = [
      "A b", "a-b", "a_b", "a  B", String(repeating: "long ", count: 20) + "1",
      String(repeating: "long ", count: 20) + "2", "活性化", "関数",
    ]
    try inFolder { folder in
      let studies = [SmallStudy.of(names: names, hasLayers: true), SmallStudy.of(names: names)]
      let page = try ReportWriter(folder: folder, drawsFigures: false).write(studies)
      let html = try String(contentsOfFile: page, encoding: .utf8)
      let ids = values(of: "id", in: html)
      // Per study: itself, claims, scores, pairs, ranks, confusions, trials; layers of one.
      #expect(ids.count == 2 * (1 + 1 + names.count + 2 + 1 + 1 + 1) + names.count + 1)
      #expect(ids.values.allSatisfy { $0 == 1 }, "\(ids.filter { $0.value > 1 })")
      let links = values(of: "href", in: html)
      // CSV and LaTeX per table, all columns of wide ones: claims, scores, pairs, layers, trials.
      let wide = 2 * (1 + names.count + 2 + 1) + names.count
      #expect(links.count == 2 * (ids.count - 2) + wide)
      #expect(links.values.allSatisfy { $0 == 1 })
      for link in links.keys {
        #expect(FileManager.default.fileExists(atPath: "\(folder)/\(link)"), "\(link)")
      }
    }
  }

  @Test func figuresOfLikeNamesAreKeptApart() {
    let betas = [0.1, 0.15].map { activation("srelu", ["beta": $0]) }
    let content = ReportContent(
      SmallStudy.of(names: ["x 1", "x-1"], activations: [activation("relu")] + betas))
    let ids = content.figures.map(\.id) + content.allTables.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(content.figures.count { $0.id.hasPrefix("confusion-") } == 6)
  }

  @Test func aSlugIsPlainAndOfItsOwn() {
    #expect(Slug.unique(["scores mnist × ffnn", "ranks"]) == ["scores-mnist-ffnn", "ranks"])
    let alike = ["a b", "A-b", "a b", "…", "", "a b"]
    let slugs = Slug.unique(alike)
    #expect(Set(slugs).count == alike.count)
    #expect(slugs[0].hasPrefix("a-b-") && slugs[3].hasPrefix("x-"))
    // A text's name doesn't depend on the other texts.
    #expect(Slug.unique(["A-B", "a b"])[1] == slugs[0])
    let long = Slug.unique([String(repeating: "ab ", count: 100)])[0]
    #expect(long.count <= 60 && !long.hasSuffix("-"))
  }

  @Test func filesAreThereAndHoldTheNumbers() throws {
    try inFolder { folder in
      let study = SmallStudy.of(names: ["mnist"])
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
      #expect(latex.contains("SReLU & \\textbf{0.9120} {\\scriptsize $\\pm$ 0.0100}"))
      #expect(try CSV.rows(try text("results.csv")).count == 7)
      #expect(try CSV.rows(try text("epochs.csv")).count == 13)
      let json = try JSONSerialization.jsonObject(with: Data(try text("report.json").utf8))
      let object = try #require(json as? [String: Any])
      #expect(object["subject"] as? String == "srelu")
      #expect((object["claims"] as? [Any])?.count == 9)
      let page = try text("index.html")
      #expect(page.contains("data-sort=\"0.912\""))
      #expect(page.contains("0.9120 ± 0.0100"))
      #expect(page.contains("<table class=\"claims sortable\" id=\"claims\">"))
      for file in ["claims.csv", "claims.tex"] {
        #expect(page.contains("href=\"tables/\(file)\""))
        #expect(!(try text("tables/\(file)")).isEmpty)
      }
    }
  }

  @Test func terminalHasAnswerTablesAndCurves() {
    let text = TerminalReport(SmallStudy.of(names: ["mnist"]), columns: 100).text
    #expect(text.contains("SReLU reaches 0.9120 ± 0.0100 (3 seeds), rank 1 of 2"))
    #expect(text.contains("UNDECIDED: highest accuracy"))
    #expect(text.contains("█▁  1.0000 → 0.5000"))
    #expect(text.contains("SReLU(1, β) is ELU(β)"))
    #expect(text.contains("Differences are paired"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test(
    arguments: [
      ([1, 2, 3, 4], "▁▃▆█"), ([5, 5], "▁▁"), ([1, nil, 8], "▁ █"), ([], ""),
      ([-1e308, 1e308], "▁█"),
    ] as [([Double?], String)])
  func sparklines(values: [Double?], expected: String) {
    #expect(Sparkline.text(values, columns: 80) == expected)
  }

  @Test func sparklinesFit() {
    // The whole range overflows.
    #expect(Sparkline.text([-1.7e308, 0, 1.7e308, nil, .nan, .infinity], columns: 80) == "▁▅█   ")
    let text = Sparkline.text((0..<1000).map { Double($0) }, columns: 40)
    #expect(text.count == 40)
    #expect(text.first == "▁" && text.last == "█")
  }

  @Test(.enabled(if: Gnuplot.version() != nil, "gnuplot isn't installed"))
  func figuresAreDrawnForHostileNames() throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder).write([SmallStudy.of(names: hostileNames)])
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/figures")
      let drawn = files.filter { $0.hasSuffix(".svg") }
      // Curves, accuracy and gap per block, and a confusion matrix per activation; both functions.
      #expect(drawn.count == 5 * hostileNames.count + 2)
      #expect(files.filter { $0.hasSuffix(".pdf") }.count == drawn.count)
      let html = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
      #expect(html.utf8Ranges(of: "<img") == drawn.count)
      for file in drawn {
        let svg = try String(contentsOfFile: "\(folder)/figures/\(file)", encoding: .utf8)
        #expect(!svg.contains("<script"), "\(file)")
        #expect(svg.contains("</svg>"), "\(file)")
      }
    }
  }
}

extension String {
  /// Counts the occurrences of a text's bytes: Swift's own search compares characters.
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
