import Experiments
import Foundation
import Reports
import Support
import Testing

/// Tables as CSV and LaTeX read them.
@Suite struct TableFilesTests {
  private static let names = hostileNames + markedNames

  /// A table with each of the names in its first column, and in a wide one.
  private let table = ReportTable(
    id: "x", title: "a\n\\end{tabular} % title",
    columns: [
      ReportTable.Column("[name]", "name", names),
      ReportTable.Column(
        "value %", "value", numbers: names.map { _ in ReportTable.Field(0.5, "0.5", isBest: true) }),
      ReportTable.Column("long", "long", names.map { $0 + String(repeating: " word", count: 20) }),
    ])

  @Test func csvGivesTheTextsBack() throws {
    let rows = try CSV.rows(table.csv)
    #expect(rows.first == ["name", "value", "long"])
    #expect(rows.count == Self.names.count + 1)
    for (row, name) in zip(rows.dropFirst(), Self.names) {
      try #require(row.count == 3, "\(row)")
      // By bytes: the text must be identical, not just canonically equivalent.
      #expect(Array(row[0].utf8) == Array(name.utf8))
      #expect(row[1] == "0.5")
    }
  }

  /// Returns a line of LaTeX without its escape sequences.
  private func bare(_ line: Substring) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if isEscaped {
        isEscaped = false
        // A command, such as \textbackslash, stays as its letters.
        if scalar.properties.isAlphabetic { result.append(scalar) }
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  @Test func latexHasNothingOfTheTextsInIt() throws {
    let lines = table.latex.split(separator: "\n")
    #expect(lines.count == Self.names.count + 8)
    #expect(lines[0] == "% \\usepackage{booktabs}" && lines[1].hasPrefix("% "))
    let rows = lines.filter { $0.hasSuffix(" \\tabularnewline") }
    try #require(rows.count == Self.names.count + 1)
    // After the end of a row these would be an argument.
    #expect(!rows.contains { $0.drop { $0 == " " }.hasPrefix("[") || $0.hasPrefix("*") })
    let body = rows.map {
      $0.replacing("\\raggedright ", with: "").replacing("\\allowbreak{}", with: "")
        .replacing("\\-", with: "")[...]
    }
    for line in body {
      let bare = bare(line).unicodeScalars
      #expect(bare.count { $0 == "&" } == 2, "\(line)")
      #expect(!bare.contains { "%#_~^<>".unicodeScalars.contains($0) }, "\(line)")
      #expect(bare.count { $0 == "{" } == bare.count { $0 == "}" }, "\(line)")
      #expect(bare.count { $0 == "$" }.isMultiple(of: 2), "\(line)")
    }
    #expect(
      body[1 + hostileNames.count].hasPrefix("over 50\\% income & \\textbf{0.5} & "),
      "\(body[1 + hostileNames.count])")
    #expect(body[2 + hostileNames.count].hasPrefix("[0pt] *x & "))
    #expect(body[0].hasPrefix("[name] & "))
  }

  @Test func pairsKeepTheirP() {
    for names in [["mnist"], ["mnist", "wdbc"]] {
      let content = ReportContent(SmallStudy.of(names: names))
      let pairs = content.tables.first { $0.id == "pairs-accuracy" }?.latex ?? ""
      #expect(pairs.contains("& p adjusted \\tabularnewline"), "\(pairs)")
      // The only block needs no column.
      #expect(pairs.contains("block") == (names.count > 1), "\(pairs)")
    }
  }

  /// Returns the number of a `tabular`'s columns, and the breaking ones' total share of the line.
  private func columns(of latex: String) throws -> (count: Int, share: Double) {
    let start = try #require(latex.range(of: "\\begin{tabular}{"))
    let text = latex[start.upperBound...].prefix { $0 != "\n" }
    let shares = text.components(separatedBy: "p{").dropFirst().compactMap {
      Double($0.prefix { $0 != "\\" })
    }
    // Between @{} at both ends.
    let letters = text.filter { "lrp".contains($0) }.count - shares.count
    return (letters, shares.reduce(0, +))
  }

  @Test func longTextsShareTheLine() throws {
    let claims = try #require(ReportContent(SmallStudy.of(names: ["mnist"])).claimsTable)
    let columns = try columns(of: claims.latex)
    // Rule and numbers are in the wide table; verdict and gap need the rest of the line.
    #expect(columns.count == 2 && columns.share > 0.4 && columns.share < 0.8, "\(claims.latex)")
    #expect(!claims.latex.contains("paired differences"))
    let scores = ReportContent(SmallStudy.of(names: ["mnist"])).tables[0]
    #expect(!scores.latex.contains("p{"))
  }

  @Test func aPaperHasTheColumnsThatFit() throws {
    let content = ReportContent(SmallStudy.of(names: ["mnist"]))
    let scores = content.tables[0].latex.split(separator: "\n")
    #expect(scores[0] == "% \\usepackage{booktabs}")
    #expect(scores[1].contains("scores-mnist-ffnn-full.tex"))
    #expect(scores[4] == "activation & accuracy & F1 \\tabularnewline")
    // The means of 0.90, 0.91, 0.92, and of those plus 0.002.
    #expect(
      scores[6]
        == "ReLU & 0.9100 {\\scriptsize $\\pm$ 0.0100} & 0.9100 {\\scriptsize $\\pm$ 0.0100} "
        + "\\tabularnewline")
    #expect(scores[7].hasPrefix("SReLU & \\textbf{0.9120} {\\scriptsize $\\pm$ 0.0100} & "))
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false)
        .write([SmallStudy.of(names: ["mnist"])])
      let full = try String(
        contentsOfFile: "\(folder)/tables/scores-mnist-ffnn-full.tex", encoding: .utf8)
      #expect(full.contains("activation & seeds & accuracy & precision & recall & F1 & gap &"))
      // The only block needs no column.
      let confusions = try String(
        contentsOfFile: "\(folder)/tables/confusions.tex", encoding: .utf8)
      #expect(confusions.contains("\ntrue class & taken for & samples & share "))
    }
  }

  @Test func columnsGoWhereThereIsNoRoom() throws {
    // Twenty studies side by side.
    let names = (0..<20).map { "study-\($0)" }
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false)
        .write(names.map { SmallStudy.of(names: [$0], seeds: 2) })
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/tables/side-by-side\(name).tex", encoding: .utf8)
      }
      let (paper, full) = (try columns(of: text("")), try columns(of: text("-full")))
      #expect(full.count == 22)
      #expect((3..<8).contains(paper.count))
      let head = try text("")
      #expect(head.contains("& study-0 ") && !head.contains("& study-19 "))
    }
  }

  @Test(arguments: ["[0pt] x", "*star"])
  func aRowThatBeginsLikeAnArgumentIsNone(text: String) {
    let table = ReportTable(
      id: "x", title: "x", columns: [ReportTable.Column(text, "a", [text])])
    // The head and the row, each behind a rule.
    #expect(table.latex.components(separatedBy: "rule\n{}\(text) \\tabularnewline\n").count == 3)
  }

  @Test(arguments: [
    ("-0.0044", "$-$0.0044"), ("[-0.0221, +0.0133]", "{}[$-$0.0221, +0.0133]"),
    ("0.5 (-1 to 2)", "0.5 ($-$1 to 2)"), ("set-1", "set-1"), ("2026-11-29", "2026-11-29"),
    ("−3", "$-$3"), ("a - b", "a - b"), ("-x", "-x"),
  ])
  func aMinusIsNoHyphen(text: String, latex: String) {
    let table = ReportTable(
      id: "x", title: "x",
      columns: [
        ReportTable.Column("a", "a", [text]),
        ReportTable.Column("b", "b", numbers: [ReportTable.Field(1e-5, "1e-05")]),
      ])
    #expect(table.latex.contains("\n\(latex) & 1$\\cdot 10^{-5}$ \\tabularnewline\n"))
  }

  @Test func layersShowWhatWasMeasured() throws {
    let content = ReportContent(
      SmallStudy.of(
        names: ["mnist"], activations: [activation("relu"), activation("prelu")], hasLayers: true))
    let table = try #require(content.layers.first)
    #expect(content.layers.map(\.id) == ["layers-mnist-ffnn", "parameters-mnist-ffnn"])
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
    // Means over seeds 0, 1, 2 of `SmallStudy.layers`.
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

  /// A function that learns two parameters in each layer and a third for all of them: each layer's are in its
  /// row, and the scores have all three.
  @Test func everyLearnedParameterIsShown() throws {
    let content = ReportContent(SmallStudy.learning)
    let table = try #require(content.layers.first { $0.id == "layers-mnist-ffnn" })
    let rows = try CSV.rows(table.csv)
    #expect(
      rows[0].suffix(6) == [
        "a_mean", "a_minimum", "a_maximum", "b_mean", "b_minimum", "b_maximum",
      ])
    #expect(!rows[0].contains("slope_mean") && !rows[0].contains("c_mean"))
    #expect(rows[1].suffix(6) == ["", "", "", "", "", ""])
    #expect(rows[3].suffix(6) == ["1", "0.5", "2", "-1", "-2", "0"])
    #expect(rows[4].suffix(6) == ["3", "2", "4", "-1", "-2", "0"])
    let scores = content.tables[0]
    #expect(scores.columns.map(\.key).suffix(3) == ["learned_a", "learned_b", "learned_c"])
    #expect(
      scores.rows[1].suffix(3).map(\.text) == [
        "2.000 (0.500 to 4.000)", "-1.000 (-2.000 to 0.000)", "7.000 (7.000 to 7.000)",
      ])
    #expect(scores.note.contains("a, b, c: learned, the mean"))
  }

  /// A column for each setting that a trial has at another value than its default, or that tells trials on one
  /// data set apart, beside those that are always there.
  @Test func trialsTellTheirTrainingSettings() throws {
    func table(_ change: (inout TrainingSpec, Int) -> Void) throws -> [[String]] {
      var results = SmallStudy.of(names: ["mnist", "wdbc"], seeds: 1).analysis.results
      for index in results.trials.indices {
        change(&results.trials[index].summary.training, index)
      }
      let study = SmallStudy.reported("s", results.activations, results.trials)
      return try CSV.rows(ReportContent(study).trials.csv)
    }
    func columns(_ rows: [[String]]) -> [String] {
      Array(rows[0].drop { $0 != "seed" }.dropFirst().prefix { $0 != "status" })
    }
    // The numbers of epochs go by data set.
    let plain = try table { training, index in training.epochs = index < 2 ? 10 : 100 }
    #expect(columns(plain) == ["learning_rate", "batch_size"])
    #expect(plain[1][4..<6] == ["0.001", "128"])
    let changed = try table { training, index in
      training.shuffle = index != 1
      training.epochs = 2 + index
      if index == 2 {
        training.optimizer = VariantSpec("sgd", parameters: ["momentum": .number(0.9)])
      }
    }
    #expect(
      columns(changed) == [
        "optimizer", "learning_rate", "batch_size", "shuffle", "training_epochs",
      ])
    #expect(changed[0].count { $0 == "epochs" } == 1)
    let rows = changed.dropFirst().map { Array($0[4..<9]) }
    #expect(
      rows == [
        ["adam", "0.001", "128", "true", "2"], ["adam", "0.001", "128", "false", "3"],
        ["sgd(momentum=0.9)", "0.001", "128", "true", "4"], ["adam", "0.001", "128", "true", "5"],
      ])
    let halved = try table { training, _ in training.precision = .bf16 }
    #expect(columns(halved) == ["learning_rate", "batch_size", "number_format"])
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
