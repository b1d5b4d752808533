import Experiments
import Foundation
import Reports
import Support
import Testing

/// The cards of a study's functions and the course of what they learn, in a report.
@Suite struct FunctionSectionTests {
  private static let study = SmallStudy.of(
    names: ["mnist"], activations: [activation("relu"), activation("gelu"), activation("prelu")],
    hasLayers: true)

  private func written(
    _ study: ReportedStudy, figures: Bool
  ) throws -> (page: String, figures: [String]) {
    var result = ("", [String]())
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: figures).write([study])
      result.0 = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
      result.1 =
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/figures")) ?? []
    }
    return result
  }

  @Test(arguments: [true, false])
  func thePageHasACardOfEachFunction(figures: Bool) throws {
    let (page, drawn) = try written(Self.study, figures: figures)
    for name in ["function-relu", "function-gelu", "function-prelu", "learned-mnist-ffnn"] {
      #expect(drawn.contains("\(name).svg") == figures, "\(name): \(drawn)")
    }
    #expect(page.components(separatedBy: "<section class=\"function\">").count == 4)
    #expect(page.contains("<dt>range</dt><dd>-0.169972 to ∞ (proved)</dd>"))
    #expect(page.contains("<dt>Lipschitz constant</dt><dd>1 (proved)</dd>"))
    #expect(page.contains("<dt>f(x)</dt><dd>x * normcdf(x)</dd>"))
    #expect(page.contains("<dt>at 0</dt><dd>f = 0, f′ = 0.5</dd>"))
    #expect(page.contains("<dt>with</dt><dd>slope = 0.25: slope learned, here as learning starts"))
    #expect(page.contains(#"\Phi\left(x\right)"#))
    #expect(page.contains("id=\"function-gelu\" src=\"data:image/svg+xml") == figures)
  }

  @Test func documentsHaveTheFunctions() throws {
    let text = try ReportJSON.text(Self.study)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let functions = try #require(document["functions"] as? [[String: Any]])
    #expect(functions.map { $0["activation"] as? String } == ["relu", "gelu", "prelu"])
    #expect(functions[0]["minimum"] as? Double == 0 && functions[0]["maximum"] as? String == "inf")
    #expect(functions[0]["equals"] as? [String] == ["relu"])
    #expect(functions[1]["slope_at_zero"] as? Double == 0.5)
    #expect(functions[1]["is_self_gated"] as? Bool == true)
    #expect(functions[1]["saturates_low"] as? Bool == true)
    #expect(functions[1]["saturates_high"] as? Bool == false)
    let proved = try #require(functions[1]["proved"] as? [String: Any])
    #expect(try #require(proved["minimum"] as? Double) <= -0.16997120747990369)
  }

  /// Many functions, as of a search, have cards for the first ones, and the page says so.
  @Test func notAllOfManyFunctions() throws {
    let many = (1...30).map { activation("swish", ["beta": Double($0)]) }
    let study = SmallStudy.of(names: ["mnist"], seeds: 1, activations: many)
    let page = try written(study, figures: false).page
    #expect(page.components(separatedBy: "<section class=\"function\">").count == 25)
    #expect(page.contains("The first 24 of 30 functions."))
  }

  /// Of `SmallStudy`: the slopes of layer n and seed s are 0.1 n + 0.01 s, one more and one less.
  @Test func theTableOfLearnedParameters() throws {
    let content = ReportContent(Self.study)
    let table = try #require(content.layers.first { $0.id == "parameters-mnist-ffnn" })
    let rows = try CSV.rows(table.csv)
    #expect(
      rows[0] == [
        "activation", "layer", "parameter", "initial", "mean", "standard_deviation", "minimum",
        "maximum",
      ])
    #expect(rows.count == 3 && rows[1].prefix(3) == ["PReLU", "fc1", "slope"])
    let numbers = rows[2].dropFirst(3).compactMap(Double.init)
    #expect(
      zip(numbers, [0.25, 0.21, 0.01, -0.8, 1.22]).allSatisfy { abs($0 - $1) < 1e-12 }
        && numbers.count == 5, "\(numbers)")
    let bare = ReportContent(SmallStudy.of(names: ["mnist"], hasLayers: true))
    #expect(!bare.layers.contains { $0.id.hasPrefix("parameters") })
    #expect(!bare.figures.contains { $0.id.hasPrefix("learned") })
  }

  @Test func theFigureOfLearnedParameters() throws {
    let figure = try #require(
      ReportContent(Self.study).figures.first { $0.id == "learned-mnist-ffnn" })
    // Before the first step, then the mean over three seeds with all values' range.
    let lines = figure.commands.split(separator: "\n")
    let start = try #require(lines.firstIndex(of: "$p0_1 << END_OF_DATA"))
    let first = lines[start + 1].split(separator: " ").compactMap { Double($0) }
    #expect(first == [0, 0.25, 0.25, 0.25])
    let second = lines[start + 2].split(separator: " ").compactMap { Double($0) }
    #expect(
      second.count == 4
        && zip(second, [1, 0.21, -0.8, 1.22]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(second)")
    #expect(figure.commands.contains("'fc1'") && figure.commands.contains("'fc2'"))
  }
}
