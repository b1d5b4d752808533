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

  @Test func derivativesByTheParametersAreShown() throws {
    let activations = [activation("relu"), activation("srelu")]
    let study = SmallStudy.of(names: ["mnist"], seeds: 1, activations: activations)
    let page = try written(study, figures: false).page
    #expect(page.components(separatedBy: "<dt>∂f/∂").count == 3)
    #expect(page.contains("<dt>∂f/∂alpha</dt><dd>max(x, 0)</dd>"))
    #expect(page.contains("<dt>∂f/∂beta</dt><dd>x &gt; 0 ? 0 : expm1(x)</dd>"))
    let functions = try Self.functions(study)
    let gradients = functions.map { $0["gradients"] as? [String: String] }
    #expect(gradients == [[:], ["alpha": "max(x, 0)", "beta": "x > 0 ? 0 : expm1(x)"]])
  }

  private static func functions(_ study: ReportedStudy) throws -> [[String: Any]] {
    let text = try ReportJSON.text(study)
    let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(document?["functions"] as? [[String: Any]])
  }

  /// ReLU takes 2 ms a step with every seed; ELU 3, 2.2 and 2.4, of which one is on other ranks.
  @Test func timesOfStepsAreBesideReLUs() throws {
    let activations = ["elu", "relu", "gelu"].map { activation($0) }
    var results = SmallStudy.of(names: ["mnist"], activations: activations).analysis.results
    for (index, trial) in results.trials.enumerated() where trial.summary.activation != "gelu" {
      let seed = Int(trial.summary.seed)
      let isReLU = trial.summary.activation == "relu"
      results.trials[index].epochs[0].stepSeconds = isReLU ? 0.002 : [0.003, 0.0022, 0.0024][seed]
      results.trials[index].ranBesideOthers = isReLU && seed == 1
      if isReLU, seed == 2 { results.trials[index].summary.ranks = 4 }
    }
    let study = SmallStudy.reported("times", activations, results.trials)
    let page = try written(study, figures: false).page
    let row = "<dt>time of a training step</dt><dd>"
    #expect(page.components(separatedBy: row).count == 2)
    #expect(
      page.contains(
        row + "1.30 times ReLU&#39;s in this study: the median of 2 pairs of trials of one seed, "
          + "1.10 to 1.50; 1 of the 4 trials ran beside others</dd>"))
    let times = try Self.functions(study).map { $0["step_time"] as? [String: Any] }
    #expect(times[1] == nil && times[2] == nil)
    let elu = try #require(times[0])
    #expect(elu["against"] as? String == "relu" && elu["pairs"] as? Int == 2)
    #expect(abs(try #require(elu["ratio"] as? Double) - 1.3) < 1e-12)
    #expect(elu["trials"] as? Int == 4 && elu["trials_beside_others"] as? Int == 1)
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
