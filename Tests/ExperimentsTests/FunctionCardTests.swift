import Experiments
import Formulas
import Foundation
import Support
import Testing

@Suite struct FunctionCardTests {
  private func card(_ name: String, _ parameters: [String: Double] = [:]) throws -> FunctionCard {
    let definition = try #require(ActivationCatalogue.entry(named: name))
    return try FunctionCard(definition.resolved(with: parameters))
  }

  private func card(formula: String) throws -> FunctionCard {
    try FunctionCard(ActivationSpec(name: "f", formula: formula))
  }

  @Test func theCardOfSReLU() throws {
    let card = try card("srelu", ["beta": 0.25])
    #expect((card.atZero, card.slopeAtZero) == (0, 0.25))
    #expect((card.lowLimit, card.highLimit) == ("-0.25", "x"))
    #expect(abs(card.minimum + 0.25) < 1e-12 && card.maximum == .infinity)
    #expect(card.shape == .nondecreasing && card.jumpAtZero == 1)
    #expect(card.saturatesLow && !card.saturatesHigh)
    #expect(card.derivative == "x > 0 ? alpha : beta * exp(x)")
    #expect(card.gradients == ["alpha": "max(x, 0)", "beta": "x > 0 ? 0 : expm1(x)"])
    #expect(card.equals == ["elu(alpha=0.25)"] && card.overflowsAt == nil)
    #expect(card.lipschitz == 1 && card.text.contains("-0.25 to ∞ (proved)"))
    #expect(try self.card("srelu", ["beta": 1]).equals == ["elu", "celu", "pelu"])
    #expect(card.text.contains("at all floats (proved)"))
  }

  /// He et al.'s √2, PyTorch's 5/3 for tanh is a rounded 1.59; the identity keeps what it gets.
  @Test func criticalGains() throws {
    #expect(abs(try card("relu").criticalGain - 2.squareRoot()) < 1e-6)
    #expect(abs(try card("identity").criticalGain - 1) < 1e-6)
    #expect(
      abs(try card("leaky-relu", ["slope": 0.5]).criticalGain - (2 / 1.25).squareRoot()) < 1e-6)
    #expect(abs(try card("tanh").criticalGain - 1.5925) < 1e-3)
  }

  @Test func limitsRangesAndSmoothness() throws {
    #expect(try card("sigmoid").lowLimit == "0" && card("sigmoid").highLimit == "1")
    #expect(try card("sine").lowLimit == "oscillates")
    #expect(try card("bent-identity").lowLimit == "0.5 x")
    #expect(try card("squared-relu").highLimit == "infinity")
    #expect(abs(try card("gelu").minimum + 0.169971) < 1e-6)
    #expect(try card("elu").jumpAtZero == 2 && card("squared-relu").jumpAtZero == 2)
    #expect(try card(formula: "x > 0 ? 1 : 0").jumpAtZero == 0)
    #expect(try card("gelu").jumpAtZero == nil && card("mish").jumpAtZero == nil)
    #expect(try card("sigmoid").saturatesHigh && card("silu").isSelfGated)
    #expect(try card("softsign").saturatesHigh && card(formula: "atan(x)").saturatesLow)
    #expect(try !card(formula: "0.0005 * x").saturatesHigh)
    // (eˣ − 1)/x rises from 0 to 1 too.
    #expect(try card("elu").isSelfGated && !card("sigmoid").isSelfGated)
    #expect(try card(formula: "1 / x").text.contains("not at 0, where 1 / x is ∞"))
    #expect(try card(formula: "1 / (x - 0.3)").text.contains("not at 0.3"))
    #expect(try card(formula: "x == 0 ? 5 : x").jumpAtZero == 0)
    #expect(try card(formula: "x == 0 ? 0 : x").jumpAtZero == nil)
    #expect(try card(formula: "1e-7 * x").text.contains("1e-07 x for x → ∞"))
    #expect(
      try card(formula: "1.2345678e-5 * tanh(x)").text.contains(
        "-1.23457e-05 to 1.23457e-05 (proved)"))
    #expect(try card("squared-relu").overflowsAt.map { abs($0 - 1.8446744e19) < 1e13 } == true)
  }

  @Test func spellingsOfKnownFunctionsAreFound() throws {
    #expect(try card(formula: "0.5 * x * (1 + erf(x / sqrt(2)))").equals == ["gelu"])
    #expect(try card(formula: "x / (1 + exp(-x))").equals == ["silu", "swish"])
    #expect(try card(formula: "x * sigmoid(1.25 * x)").equals == ["swish(beta=1.25)"])
    #expect(try card("swish", ["beta": 1.5]).equals.isEmpty)
    #expect(try card("srelu", ["alpha": 1, "beta": 1]).equals.contains("elu"))
    #expect(try card("leaky-relu", ["slope": 0.25]).equals == ["prelu"])
    #expect(try card("relu").equals == ["relu"])
    #expect(try card(formula: "x == 0 ? 5 : x").equals.isEmpty)
    #expect(try card(formula: "x > 1e6 ? 0 : max(x, 0)").equals.isEmpty)
    let tanhs = try card("gelu-tanh")
    #expect(tanhs.nearest == "gelu" && tanhs.nearestDifference < 1e-3)
    #expect(try card(formula: "x * sigmoid(1.7 * x)").nearest == "quick-gelu")
  }

  /// The numbers by hand; the words say whether they are proved.
  @Test func provedAndFound() throws {
    func row(_ name: String, _ card: FunctionCard) -> String? {
      card.properties.first { $0.name == name }?.value
    }
    let gelu = try card("gelu")
    #expect(row("range", gelu) == "-0.169972 to ∞ (proved)")
    #expect(row("Lipschitz constant", gelu) == "1.128905 (proved)")
    #expect(try #require(gelu.proved.minimum) <= -0.16997120747990369)
    #expect(gelu.proved.maximum == .infinity && gelu.proved.lowLimit && gelu.proved.highLimit)
    #expect(row("range", try card("tanh")) == "-1 to 1 (proved)")
    #expect(row("Lipschitz constant", try card("sigmoid")) == "0.25 (proved)")
    #expect(row("range", try card("sine")) == "-1 to 1 (proved)")
    #expect(row("range", try card("identity")) == "−∞ to ∞ (proved)")
    #expect(
      row("Lipschitz constant", try card("squared-relu")) == "none: the slope grows without end")
    let jump = try card(formula: "x > 0.5 ? 1 : 0")
    #expect(row("Lipschitz constant", jump) == "none: f jumps at 0.5")
    #expect(jump.lipschitz == .infinity && jump.jumpsAt.map { abs($0 - 0.5) < 1e-6 } == true)
    // Its slope has no bound at 0, which no limit tells.
    let root = try card(formula: "sqrt(abs(x))")
    #expect(root.proved.lipschitz == nil)
    #expect(row("Lipschitz constant", root)?.contains("found, not proved") == true)
    #expect(row("limits", try card(formula: "x * sin(x)"))?.contains("found, not derived") == true)
  }

  /// JSON has no infinity: it is a text, as in the other documents.
  @Test func encoded() throws {
    let text = try JSON.text(try card("gelu"), snakeCase: true)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["maximum"] as? String == "inf" && object["lipschitz"] is Double)
    let proved = try #require(object["proved"] as? [String: Any])
    #expect(proved["maximum"] as? String == "inf" && proved["low_limit"] as? Bool == true)
    #expect(proved["least_slope"] is Double && object["cost"] == nil && object["bounds"] == nil)
    var card = try card("mish")
    card.cost = FunctionCard.Cost(nanosecondsPerValue: 1.2345, timesReLU: 4.56)
    #expect(card.text.contains("1.23 ns per value with its derivative, 4.6 times ReLU's"))
    #expect(try JSON.text(card, snakeCase: true).contains("\"times_relu\":4.56"))
  }

  @Test func laTeX() throws {
    #expect(try Formula("x / (1 + abs(x))").latex == #"\frac{x}{1 + \left|x\right|}"#)
    #expect(
      try Formula("x * sigmoid(beta * x)").latex == #"x \cdot \sigma\left(\beta \cdot x\right)"#)
    #expect(
      try Formula("x > 0 ? x : a * expm1(x)").latex
        == #"\begin{cases} x & x > 0 \\ a \cdot \left(e^{x} - 1\right) & \text{otherwise} \end{cases}"#
    )
    // What stands in many places is cut.
    let long = try Formula(
      (0..<40).map {
        "let u\($0) = \($0 == 0 ? "x" : "u\($0 - 1)") * sin(\($0 == 0 ? "x" : "u\($0 - 1)")); "
      }.joined() + "u39")
    #expect(long.latex.utf8.count < 20_000)
  }

  @Test(arguments: ActivationCatalogue.entries)
  func everyFunctionHasACard(_ definition: ActivationDefinition) throws {
    let card = try FunctionCard(definition.resolved())
    #expect(card.equals.contains(definition.name))
    #expect(card.leastSlope <= card.largestSlope && card.criticalGain > 0)
    #expect(card.text.contains("f′(x)"))
  }
}
