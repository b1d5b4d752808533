import Experiments
import Foundation
import Testing

/// The same function under two names or spellings.
@Suite struct EqualFunctionTests {
  private func notes(_ activations: String) throws -> [String] {
    EqualFunctions.notes(
      try parse("datasets: [wdbc]\narchitectures: [ffnn]\nactivations: [\(activations)]")
        .activations)
  }

  @Test func spellingsThatSimplifyToOneAreSaidToBeOne() throws {
    let found = try notes("a: {formula: x * sigmoid(x)}, b: {formula: x / (1 + exp(-x))}, relu")
    #expect(
      found == [
        "a and b are the same function (the formulas simplify to the same), and each has trials of its own.",
        "a is silu's function (the formulas simplify to the same).",
        "b is silu's function (the formulas simplify to the same).",
      ])
  }

  @Test func othersAreComparedByTheirValues() throws {
    let found = try notes(
      "silu, a: {formula: x / 2 + x / 2 * tanh(x / 2)}, b: {formula: x / (1 + exp(-x))}")
    #expect(found.count == 1)
    #expect(
      found[0].hasPrefix(
        "silu, a and b are the same function (silu and b: the formulas simplify to the same; a: equal at all "
      ), "\(found)")
  }

  @Test func parametersCount() throws {
    let elu = try notes("elu: {alpha: 0.1}, srelu, leaky-relu: {slope: 0.1}")
    #expect(
      elu.count == 1 && elu[0].hasPrefix("elu(alpha=0.1) and srelu are the same"), "\(elu)")
    #expect(try notes("elu: {alpha: 0.2}, srelu, leaky-relu: {slope: [0.1, 0.2]}") == [])
    #expect(try notes("a: {formula: b * x * sigmoid(x), b: [0.5, 2]}") == [])
    let axes = try notes("a: {formula: (b + c) * tanh(x), b: [1, 2], c: [1, 2]}")
    #expect(axes.count == 1 && axes[0].hasPrefix("a(b=1,c=2) and a(b=2,c=1) are"), "\(axes)")
  }

  /// What starts equal and is learned is one function only if it is learned alike.
  @Test func whatIsLearnedCounts() throws {
    func learned(_ name: String, _ formula: String, _ scope: String) -> String {
      "\(name): {formula: \(formula), b: {learned: \(scope), initial: 1}}"
    }
    let (sigmoid, exp) = ("x * sigmoid(b * x)", "x / (1 + exp(-b * x))")
    let same = try notes(
      "\(learned("p", sigmoid, "per-layer")), \(learned("q", exp, "per-layer"))")
    #expect(
      same.count == 1 && same[0].contains("(b=1 learned per-layer) are the same function"),
      "\(same)")
    #expect(
      try notes("\(learned("p", sigmoid, "per-layer")), \(learned("q", exp, "per-unit")), silu")
        == [])
    #expect(try notes("prelu, leaky-relu: {slope: 0.25}") == [])
    let slopes = try notes("prelu, leaky-relu: {slope: {learned: per-channel, initial: 0.25}}")
    #expect(slopes.count == 1, "\(slopes)")
    #expect(
      try notes(
        "leaky-relu: {slope: {learned: per-channel, initial: 0.25, minimum: 0}}, prelu") == [])
  }

  @Test func layersCount() throws {
    let same = try notes(
      "silu, {name: m, layers: [silu, {f: {formula: x * sigmoid(x)}}]}, {name: n, layers: [relu, silu]}"
    )
    #expect(same.count == 1)
    #expect(same[0].hasPrefix("silu and m(silu,f) are the same function"), "\(same)")
    let two = try notes("{name: m, layers: [relu, elu]}, {name: n, layers: [relu, celu]}")
    #expect(two.count == 1 && two[0].hasPrefix("m(relu,elu) and n(relu,celu) are"), "\(two)")
    #expect(try notes("{name: m, layers: [relu, elu]}, {name: n, layers: [elu, relu]}") == [])
  }

  @Test func theCatalogueHasNoFunctionTwiceButThese() throws {
    let found = EqualFunctions.notes(ActivationCatalogue.entries.map { $0.resolved() })
    let pairs = found.map { $0.prefix { $0 != "(" } }.sorted()
    #expect(
      pairs == [
        "elu and celu are the same function ", "silu and swish are the same function ",
      ], "\(found)")
  }
}
