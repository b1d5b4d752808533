import Formulas

/// Which functions of the catalogue another one equals, and which comes nearest.
struct Twins {
  /// By their labels.
  private(set) var equals: [String] = []
  /// The nearest other one at its defaults, and the largest difference for |x| ≤ 5.
  private(set) var nearest = ""
  private(set) var difference = 0.0

  private static let near = stride(from: -5.0, through: 5, by: 0.05).map { $0 }
  /// The inputs at which functions are compared.
  static let compared =
    near + [0, -1e30, -1e12, -1e7, -1000, -100, -30, -10, -7, -6]
    + [6.5, 7, 11, 30, 100, 1000, 1e7, 1e12, 1e30]

  /// Whether two values are one, to rounding.
  static func agree(_ a: Double, _ b: Double) -> Bool {
    a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-12 * max(1, abs(b))
  }

  /// - Parameter numbers: those of the function's formula; they and its parameters are tried as the others'
  ///   parameters.
  init(_ f: (Double) -> Double, of spec: ActivationSpec, numbers: [Double]) throws {
    let values = Self.compared.map(f)
    // Not 0, with which a function is another one.
    let own = Set(numbers.map(abs) + spec.parameters.values).subtracting([0]).sorted().prefix(8)
    var least = Double.infinity
    for entry in ActivationCatalogue.entries {
      let other = try FormulaActivations.formula(entry.formula)
      func value(_ x: Double, _ candidate: ActivationSpec) -> Double {
        other.value(at: x, other.parameters.map { candidate.parameters[$0] ?? .nan })
      }
      let twin = Self.candidates(entry, spec, own).first { candidate in
        zip(Self.compared, values).allSatisfy { x, own in
          Self.agree(value(x, candidate), own)
        }
      }
      if let twin {
        equals.append(twin.label)
        continue
      }
      let usual = entry.resolved()
      let distance = zip(Self.near, values).map { abs(value($0, usual) - $1) }.max() ?? 0
      if distance < least { (nearest, least) = (entry.name, distance) }
    }
    difference = least.isFinite ? least : 0
  }

  /// The entry at its defaults and with the numbers as its parameters, but not the function itself.
  private static func candidates(
    _ entry: ActivationDefinition, _ spec: ActivationSpec, _ numbers: ArraySlice<Double>
  ) -> [ActivationSpec] {
    var candidates = [entry.resolved()]
    guard entry.parameters.count <= 2, entry.name != spec.name || spec.formula != nil else {
      return candidates
    }
    for parameter in entry.parameters {
      candidates += candidates.flatMap { candidate in
        numbers.filter { parameter.type.accepts(.number($0)) }.map { number in
          var changed = candidate
          changed.parameters[parameter.key] = number
          return changed
        }
      }
    }
    return candidates
  }
}
