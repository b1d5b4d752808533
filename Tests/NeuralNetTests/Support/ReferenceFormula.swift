import Formulas
import NeuralNet
import Testing

/// A formula's activation, with the formula that the reference evaluates in Double.
struct ReferenceFormula: Sendable, CustomTestStringConvertible {
  let formula: Formula
  let parameters: [FormulaParameter]
  let activation: Activation

  init(_ text: String, _ parameters: FormulaParameter...) throws {
    formula = try Formula(text)
    self.parameters = parameters
    activation = try Activation(formula, parameters)
  }

  var testDescription: String { "\(formula.text) \(parameters)" }

  private static func learned(
    _ name: String, _ initial: Float, _ scope: Activation.Learned.Scope
  ) -> FormulaParameter {
    .learned(Activation.Learned(name, initial: initial, scope: scope), -10...10)
  }

  static let all: [ReferenceFormula] = {
    do {
      return try [
        // One of each shape, pooled before the activation or after it.
        ReferenceFormula("x > 0 ? 1.7 * x : 0.4 * expm1(x)"),
        ReferenceFormula("x * tanh(softplus(x))"), ReferenceFormula("x * erf(softplus(x))"),
        ReferenceFormula("sin(2 * x) + 0.2 * x"), ReferenceFormula("0.3"),
        ReferenceFormula("x > 0 ? x : a * x * exp(x)", .fixed(0.5)),
        // The value's product is the derivative's too.
        ReferenceFormula("x > 1 ? x : x * exp(x) + x"),
        // Every way to share a parameter, and several at a time.
        ReferenceFormula("x > 0 ? x : a * x", learned("a", 0.25, .channel)),
        ReferenceFormula("x * sigmoid(b * x)", learned("b", 1.3, .network)),
        ReferenceFormula("x * sigmoid(b * x)", learned("b", 1.3, .layer)),
        ReferenceFormula("x * sigmoid(b * x)", learned("b", 1.3, .unit)),
        ReferenceFormula(
          "x > 0 ? a * x : b * expm1(c * x)", learned("a", 0.9, .network),
          learned("b", 0.2, .unit), learned("c", 1.1, .channel)),
        // Not finite for a parameter of 0, which the kernels' padding must not meet.
        ReferenceFormula("x + sin(a * x)^2 / a", learned("a", 0.8, .channel)),
        ReferenceFormula("x / a", learned("a", 1.2, .unit)),
        ReferenceFormula(
          "(a + x + b * x^2) / (1 + abs(c * x))", learned("a", 0.1, .layer), .fixed(0.3),
          learned("c", 0.4, .channel)),
      ]
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  static let known = Dictionary(
    all.map { ($0.activation, $0) }, uniquingKeysWith: { first, _ in first })
}
