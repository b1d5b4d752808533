import Experiments
import Foundation
import Reports
import Testing

/// Tables fit the columns of articles, and keep their words whole.
@Suite struct TablesInPrintTests {
  private static let pdflatex = "/usr/bin/pdflatex"

  /// Tables of all kinds with names of the greatest length.
  private static func tables() -> [ReportTable] {
    let activations = [
      activation("relu"), activation("leaky-relu"), activation("prelu"), activation("elu"),
      activation("srelu", ["beta": 0.0336257]), activation("srelu"),
    ]
    let studies = [
      SmallStudy.of(names: ["wisconsin-breast-cancer"], activations: activations, hasLayers: true),
      SmallStudy.of(names: ["mnist", "fashion_mnist"], activations: activations, hasLayers: true),
      SmallStudy.of(names: ["mnist"], seeds: 1, activations: activations),
      SmallStudy.of(names: (0..<14).map { "set-\($0)" }, activations: activations),
    ]
    return studies.flatMap { ReportContent($0).allTables }
  }

  /// Returns a text's width in points at \small: Computer Modern at 9 pt.
  private func width(_ source: some StringProtocol, scale: Double = 1) -> Double {
    var text = String(source)
    var sum = 0.0
    for (command, factor) in [("\\textbf{", 1.15), ("{\\scriptsize ", 0.86)] {
      while let start = text.range(of: command),
        let end = text[start.upperBound...].firstIndex(of: "}")
      {
        sum += width(text[start.upperBound..<end], scale: scale * factor)
        text.removeSubrange(start.lowerBound...end)
      }
    }
    for sign in ["$-$", "$\\pm$", "$\\times$", "$\\cdot 10^{-5}$"] {
      sum += 7.2 * scale * Double(text.components(separatedBy: sign).count - 1)
      text = text.replacing(sign, with: "")
    }
    text = text.replacing("$\\beta$", with: "b").replacing("\\", with: "")
    let letters: [(String, Double)] = [
      ("ijl.,:;[]'", 2.57), (" -", 3.08), ("ftrs()I", 3.6), ("0123456789aogvxyzkce", 4.63),
      ("bdhnpqu_", 5.14), ("mw%+=", 7.5), ("ABCDEFGHJKLMNOPQRSTUVWXYZ", 6.8),
    ]
    for letter in text where letter != "{" && letter != "}" {
      let entry = letters.first { $0.0.contains(letter) }
      sum += (entry?.1 ?? 5) * scale
    }
    return sum
  }

  @Test(arguments: [229.5, 345])
  func everyTableFits(column: Double) throws {
    let tables = Self.tables()
    let kinds = ["claims", "scores", "pairs", "confusions", "layers", "trials", "ranks", "best"]
    for kind in kinds {
      #expect(tables.contains { $0.id.hasPrefix(kind) }, "\(kind)")
    }
    for table in tables {
      let lines = table.latex.split(separator: "\n")
      let head = try #require(lines.first { $0.contains("\\begin{tabular}{@{}") })
      let start = try #require(head.range(of: "{@{}")).upperBound
      let end = try #require(head.range(of: "@{}}")).lowerBound
      let specifications = head[start..<end].matches(of: /p\{([0-9.]+)\\linewidth\}|[lr]/)
      let rows = lines.filter { $0.hasSuffix(" \\tabularnewline") }
        .map { $0.dropLast(" \\tabularnewline".count).components(separatedBy: " & ") }
      #expect(rows.count == table.rows.count + 1)
      var sum = 8 * Double(specifications.count - 1)
      for (index, specification) in specifications.enumerated() {
        if let share = specification.output.1 {
          sum += column * (Double(share) ?? 1)
        } else {
          sum += rows.map { width($0[index]) }.max() ?? 0
        }
      }
      #expect(sum <= column, "\(table.latex)")
    }
  }

  @Test func wordsStayWhole() {
    for table in Self.tables() {
      #expect(!table.latex.contains("\\-"), "\(table.latex)")
      let parts = table.latex.components(separatedBy: "\\allowbreak{}")
      for (part, next) in zip(parts, parts.dropFirst()) {
        let joins = ["(", ",", "=", "/", "-", "\\_", "$\\times$"].contains { part.hasSuffix($0) }
        let isNumbered = part.last?.isLetter == true && next.first?.isNumber == true
        #expect(joins || isNumbered, "…\(part.suffix(20))|\(next.prefix(20))…")
      }
    }
  }

  @Test func onlyAWordThatIsTooWideIsCut() throws {
    let word = String(repeating: "m", count: 60)
    let table = ReportTable(
      id: "x", title: "x",
      columns: [
        ReportTable.Column("name", "name", ["F1 -5 \(word)"]),
        ReportTable.Column("text", "text", ["convergence of nothing else"]),
      ])
    let row = try #require(table.latex.split(separator: "\n").first { $0.contains("mm") })
    #expect(row.hasPrefix("\\raggedright F1 $-$5 m"))
    #expect(row.replacing("\\-", with: "").contains(word) && row.contains("convergence of nothing"))
    let pieces = row.components(separatedBy: "\\-")
    // 60 letters of 7.7 pt are wider than two lines of 229 pt.
    #expect(pieces.count > 2)
    #expect(pieces.dropFirst().dropLast().allSatisfy { 7.7 * Double($0.count) + 3.1 < 229 })
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: pdflatex), "no pdflatex is installed"),
    arguments: ["10pt", "10pt,twocolumn"])
  func pdflatexFindsNothingTooWide(options: String) throws {
    try inFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let tables = Self.tables().map {
        "\\begin{table}[p]\\small\\centering\n\($0.latex)\\caption{\\LaTeX}\\end{table}\\clearpage\n"
      }
      let text =
        "\\documentclass[\(options)]{article}\\usepackage{booktabs}\\begin{document}\n"
        + tables.joined() + "\\end{document}\n"
      try text.write(toFile: "\(folder)/a.tex", atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
      process.arguments = [
        "60", Self.pdflatex, "-no-shell-escape", "-interaction=nonstopmode", "a.tex",
      ]
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      let log = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a.log")), as: UTF8.self)
      #expect(log.contains("Output written on a.pdf"))
      let lines = log.split(separator: "\n")
      #expect(!lines.contains { $0.hasPrefix("Overfull \\hbox") || $0.hasPrefix("!") }, "\(log)")
    }
  }
}
