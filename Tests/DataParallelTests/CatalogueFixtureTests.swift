import Experiments
import Formulas
import Foundation
import NeuralNet
import Testing

/// Every function of the catalogue against what `Fixtures/activations.py` printed: PyTorch's values and
/// derivatives, or those of the reference's formula in 120 digits.
@Suite struct CatalogueFixtureTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let parameters: [String: Double]
    let values: [Double]
    let derivatives: [Double]
    let gradients: [String: [Double]]

    var testDescription: String { "\(name) \(parameters)" }

    func spec() throws -> ActivationSpec {
      try #require(ActivationCatalogue.entry(named: name)).resolved(with: parameters)
    }
  }

  private struct Kink: Decodable {
    let x: Double
    let derivative: Double
  }

  private struct Fixture: Decodable {
    let inputs: [Double]
    let cases: [Case]
    let kinks: [String: [Kink]]
  }

  private static let fixture: Fixture? = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/activations.json")
    return (try? Data(contentsOf: file)).flatMap {
      try? JSONDecoder().decode(Fixture.self, from: $0)
    }
  }()
  private static let inputs = fixture?.inputs ?? []
  private static let cases = fixture?.cases ?? []

  @Test func everyFunctionIsThereWithItsDefaults() throws {
    for definition in ActivationCatalogue.entries {
      let own = Self.cases.filter { $0.name == definition.name }
      #expect(
        try own.contains { try $0.spec() == definition.resolved() },
        "\(definition.name): add it to Fixtures/activations.py")
      for one in own {
        #expect(Set(one.parameters.keys) == Set(definition.parameters.map(\.key)))
        #expect(one.values.count == Self.inputs.count && one.derivatives.count == one.values.count)
        #expect(one.gradients.keys.sorted() == one.parameters.keys.sorted())
      }
    }
    #expect(Self.inputs.count >= 36)
  }

  /// Formulas whose value near 0 is a difference of larger terms, and rounded as these are.
  private static let cancelling: Set = ["bent-identity", "tanh-shrink"]

  /// What an error near x is measured by, where the value is smaller.
  private static func scale(_ name: String, _ x: Double) -> Double {
    cancelling.contains(name) ? 1 : max(1e-6, min(1, abs(x)))
  }

  private static func isClose(_ found: Double, _ exact: Double, near scale: Double) -> Bool {
    abs(found - exact) <= 1e-12 * abs(exact) + 1e-15 * scale
  }

  @Test(arguments: cases)
  func theFormulaInDouble(_ one: Case) throws {
    let spec = try one.spec()
    let formula = try Formula(try #require(spec.definition).formula)
    let values = formula.parameters.map { spec.parameters[$0] ?? .nan }
    for (index, x) in Self.inputs.enumerated() {
      let scale = Self.scale(one.name, x)
      #expect(
        Self.isClose(formula.value(at: x, values), one.values[index], near: scale),
        "\(one.name)(\(x))")
      #expect(
        Self.isClose(formula.derivative(at: x, values), one.derivatives[index], near: 1),
        "\(one.name)′(\(x))")
      for (parameter, found) in zip(formula.parameters, formula.gradients(at: x, values)) {
        let exact = try #require(one.gradients[parameter])[index]
        #expect(
          Self.isClose(found, exact, near: scale), "\(one.name) by \(parameter) at \(x)")
      }
    }
  }

  @Test(arguments: cases)
  func theKernelInSingle(_ one: Case) throws {
    let found = try Activation(one.spec()).evaluated(at: Self.inputs.map(Float.init))
    for (index, x) in Self.inputs.enumerated() {
      let (value, slope) = (one.values[index], one.derivatives[index])
      // x times a parameter is rounded before a function takes it.
      let scale = max(abs(value), abs(x * slope), Self.scale(one.name, x))
      #expect(
        abs(Double(found.values[index]) - value) <= 4e-7 * scale,
        "\(one.name)(\(x)) = \(found.values[index]), not \(value)")
      let steepness = max(1, abs(slope)) * max(1, min(abs(x), 30))
      #expect(
        abs(Double(found.derivatives[index]) - slope) <= 1e-6 * steepness,
        "\(one.name)′(\(x)) = \(found.derivatives[index]), not \(slope)")
    }
  }

  /// PyTorch's derivatives at kinks are those of the branch that the condition takes here.
  @Test func kinksAreAsInPyTorch() throws {
    let kinks = try #require(Self.fixture).kinks
    #expect(kinks.count >= 12)
    for (name, kinks) in kinks {
      let spec = try #require(ActivationCatalogue.entry(named: name)).resolved()
      let formula = try Formula(try #require(spec.definition).formula)
      let values = formula.parameters.map { spec.parameters[$0] ?? .nan }
      let kernel = try Activation(spec).evaluated(at: kinks.map { Float($0.x) })
      for (index, kink) in kinks.enumerated() {
        let found = formula.derivative(at: kink.x, values)
        #expect(abs(found - kink.derivative) <= 1e-15, "\(name)′(\(kink.x)) = \(found)")
        #expect(abs(Double(kernel.derivatives[index]) - kink.derivative) <= 2e-7)
      }
    }
  }

  /// Central differences in Double, by x and by every parameter, whatever anyone else has computed.
  @Test(arguments: cases)
  func derivativesAreDifferences(_ one: Case) throws {
    let spec = try one.spec()
    let formula = try Formula(try #require(spec.definition).formula)
    let values = formula.parameters.map { spec.parameters[$0] ?? .nan }
    func difference(_ at: Double, _ f: (Double) -> Double) -> Double {
      let h = 1e-3 * min(1, abs(at))
      return (8 * (f(at + h) - f(at - h)) - (f(at + 2 * h) - f(at - 2 * h))) / (12 * h)
    }
    for x in Self.inputs where (0.01...30).contains(abs(x)) {
      func expect(_ found: Double, _ expected: Double, _ what: String) {
        #expect(
          abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(one.name) by \(what) at \(x)")
      }
      expect(
        formula.derivative(at: x, values), difference(x) { formula.value(at: $0, values) }, "x")
      for (index, gradient) in formula.gradients(at: x, values).enumerated() {
        let moved = difference(values[index] == 0 ? 1e-3 : values[index]) { value in
          var moved = values
          moved[index] = value
          return formula.value(at: x, moved)
        }
        expect(gradient, moved, formula.parameters[index])
      }
    }
  }

  /// Hand-written kernels that are further than 2 units in the last place from their formulas.
  private static let distances = ["sigmoid": 2.5, "tanh": 2.5, "silu": 3, "gelu": 6]

  /// A hand-written kernel is within 2 units in the last place of its formula, over all exponents.
  @Test(arguments: ActivationCatalogue.entries.filter { $0.function != nil })
  func handWrittenKernelsAreTheirFormulas(_ definition: ActivationDefinition) throws {
    let formula = try Formula(definition.formula)
    let inputs = Self.everyExponent + stride(from: -20, through: 20, by: 0.003).map { Float($0) }
    var cases = [definition.resolved()]
    if definition.name == "srelu" {
      cases.append(definition.resolved(with: ["alpha": 1.5, "beta": 0.75]))
    }
    for spec in cases {
      let values = formula.parameters.map { Double(Float(spec.parameters[$0] ?? .nan)) }
      let found = try Activation(spec).evaluated(at: inputs)
      var (worst, place) = (0.0, 0)
      for (index, x) in inputs.enumerated() {
        let apart = Self.units(found.values[index], formula.value(at: Double(x), values))
        if !(apart <= worst) { (worst, place) = (apart, index) }
      }
      #expect(
        worst <= Self.distances[definition.name, default: 2],
        "\(spec.label)(\(inputs[place])) = \(found.values[place]), \(worst) units from the formula")
    }
  }

  private static let everyExponent: [Float] = (UInt32(0)..<512).flatMap { exponent in
    (UInt32(0)..<40).map { index -> Float in
      let mantissa = index &* 0x9E37_79B1 & 0x7fffff
      return Float(bitPattern: exponent << 23 | mantissa)
    }.filter(\.isFinite)
  }

  /// The distance in units of the last place; for values that subnormal floats are multiplied up to, of
  /// the largest of these.
  private static func units(_ found: Float, _ exact: Double) -> Double {
    let rounded = Float(exact)
    guard rounded.isFinite else { return found == rounded ? 0 : .infinity }
    return abs(Double(found) - exact) / Double(max(abs(rounded), 64 * .leastNormalMagnitude).ulp)
  }
}
