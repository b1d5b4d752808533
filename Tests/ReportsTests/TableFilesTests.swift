import Experiments
import Foundation
import Reports
import Testing

/// Tables as CSV and LaTeX read them.
@Suite struct TableFilesTests {
  private static let names = hostileNames + markedNames

  /// A table with each of the names in its first column, and in one that is wide.
  private let table = ReportTable(
    id: "x", title: "a\n\\end{tabular} % title",
    columns: [
      ReportTable.Column("[name]", "name", isNumeric: false),
      ReportTable.Column("value %", "value"),
      ReportTable.Column("long", "long", isNumeric: false),
    ],
    rows: names.map {
      [
        ReportTable.Field($0), ReportTable.Field(0.5, "0.5", isBest: true),
        ReportTable.Field($0 + String(repeating: " word", count: 20)),
      ]
    })

  @Test func csvGivesTheTextsBack() throws {
    let rows = try CSV.rows(table.csv)
    #expect(rows.first == ["name", "value", "long"])
    #expect(rows.count == Self.names.count + 1)
    for (row, name) in zip(rows.dropFirst(), Self.names) {
      try #require(row.count == 3, "\(row)")
      // By bytes: a text is what it was, and not only as good as that.
      #expect(Array(row[0].utf8) == Array(name.utf8))
      #expect(row[1] == "0.5")
    }
  }

  /// What is left of a line of LaTeX without the signs that are escaped.
  private func bare(_ line: Substring) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if isEscaped {
        isEscaped = false
        // A name, such as \textbackslash, stays as its letters.
        if scalar.properties.isAlphabetic { result.append(scalar) }
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  @Test func latexHasNothingOfTheTextsInIt() {
    let lines = table.latex.split(separator: "\n")
    #expect(lines.count == Self.names.count + 7)
    #expect(
      lines[0].hasPrefix("% ")
        && lines[1] == "\\begin{tabular}{p{0.40\\linewidth}rp{0.40\\linewidth}}")
    let body = lines.filter { $0.hasSuffix(" \\\\") }
    #expect(body.count == Self.names.count + 1)
    for line in body {
      let bare = bare(line).unicodeScalars
      #expect(bare.count { $0 == "&" } == 2, "\(line)")
      #expect(!bare.contains { "%#_~^<>".unicodeScalars.contains($0) }, "\(line)")
      #expect(bare.count { $0 == "{" } == bare.count { $0 == "}" }, "\(line)")
      #expect(bare.count { $0 == "$" }.isMultiple(of: 2), "\(line)")
      // Behind the end of a row these are an argument.
      let first = line.unicodeScalars.first { $0 != " " }
      #expect(first != "[" && first != "*", "\(line)")
    }
    #expect(body[1 + hostileNames.count].hasPrefix("over 50\\% income & \\textbf{0.5} & "))
    #expect(body[2 + hostileNames.count].hasPrefix("{}[0pt] *x & "))
    #expect(body[0].hasPrefix("{}[name] & "))
  }

  @Test func wideColumnsShareTheLine() {
    let claims = ReportContent(SmallStudy.of(names: ["mnist"])).claimsTable
    #expect(claims?.latex.contains("p{0.27\\linewidth}") == true)
    #expect(ReportContent(SmallStudy.of(names: ["mnist"])).tables[0].latex.contains("p{") == false)
  }

  @Test func layersShowWhatWasMeasured() throws {
    let content = ReportContent(
      SmallStudy.of(
        names: ["mnist"], activations: [activation("relu"), activation("prelu")], hasLayers: true))
    let table = try #require(content.layers.first)
    #expect(content.layers.count == 1)
    let rows = try CSV.rows(table.csv)
    #expect(
      rows[0] == [
        "activation", "layer", "dead_share", "saturated_share", "preactivation_mean",
        "preactivation_deviation", "gradient_norm", "slope_mean", "slope_minimum", "slope_maximum",
      ])
    #expect(
      rows.dropFirst().map { "\($0[0]) \($0[1])" } == [
        "ReLU fc1", "ReLU fc2", "PReLU fc1", "PReLU fc2",
      ])
    // Seeds 0, 1, 2: the deviation is the layer's number and the seed, the slope a tenth and a hundredth.
    let numbers = rows[2].dropFirst(2).prefix(5).compactMap(Double.init)
    #expect(zip(numbers, [0.1, 0.25, -2, 3, 1]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(numbers)")
    #expect(rows[2].suffix(3) == ["", "", ""])
    let slopes = rows[4].suffix(3).compactMap(Double.init)
    #expect(zip(slopes, [0.21, -0.8, 1.22]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(slopes)")
    // In the scores: the mean over both layers, and the extremes.
    let scores = content.tables[0]
    #expect(scores.rows[1].last?.text == "0.160 (-0.900 to 1.220)")
    #expect(scores.rows[0].last?.text == "–")
  }

  @Test func withoutLayersNothingIsSaidOfThem() {
    let content = ReportContent(SmallStudy.of(names: ["mnist"]))
    #expect(content.layers.isEmpty)
    #expect(!content.tables[0].columns.contains { $0.key == "learned_slope" })
  }

  @Test func aGapBelowZeroIsBetterThanOneAbove() throws {
    let study = SmallStudy.of(names: ["mnist"], seeds: 1)
    var trials = study.analysis.results.trials
    for (index, gap) in [0.09, -0.1].enumerated() {
      let accuracy = trials[index].summary.test?.accuracy ?? 0
      trials[index].summary.train?.accuracy = accuracy + gap
    }
    let table = ReportContent(
      SmallStudy.reported("mnist", study.analysis.results.activations, trials)
    ).tables[0]
    let column = try #require(table.columns.firstIndex { $0.key == "generalisation_gap" })
    #expect(table.rows.map { $0[column].text } == ["+0.0900", "-0.1000"])
    #expect(table.rows.map { $0[column].isBest } == [false, true])
  }
}
