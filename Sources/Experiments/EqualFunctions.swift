import Formulas
import Models

/// Which activations of a study are the same function under two names or spellings.
package enum EqualFunctions {
  /// More than these aren't compared: they are an axis's values.
  private static let limit = 300

  /// A sentence for each function that a study has several times, and for each formula that has a name in the
  /// catalogue. Two functions are the same if their formulas simplify to one program; those without learned
  /// parameters also if their values agree.
  package static func notes(_ activations: [ActivationSpec]) -> [String] {
    guard activations.count <= limit else { return [] }
    var kinds = Kinds()
    let groups = activations.unique(by: \.self).grouped { activation in
      // One function for all layers is that function.
      activation.functions.map { kinds.kind(of: $0) }.unique(by: \.self).count == 1
        ? [kinds.kind(of: activation.functions[0])]
        : activation.layers.map { kinds.kind(of: $0) }
    }
    var notes = groups.filter { $0.elements.count > 1 }.map {
      text($0.elements, layers: $0.key.count, kinds)
    }
    for function in activations.flatMap(\.functions).unique(by: \.self)
    where function.formula != nil {
      let kind = kinds.kind(of: function)
      // The note above names those that are in the study themselves.
      let others = (groups.first { $0.key == [kind] }?.elements ?? []).filter { !$0.isOwn }
      guard others.isEmpty, let own = kinds.known[function],
        let named = catalogue.first(where: { $0.equals(own) })
      else { continue }
      notes.append(
        "\(function.label) is \(named.name)'s function (\(reason(named.program == own.program))).")
    }
    return notes
  }

  private static func reason(_ isOneProgram: Bool) -> String {
    isOneProgram
      ? "the formulas simplify to the same"
      : "equal at all \(Twins.compared.count) inputs tried"
  }

  /// The note of activations that are one function.
  private static func text(_ equal: [ActivationSpec], layers: Int, _ kinds: Kinds) -> String {
    let programs = equal.map { activation in
      (layers == 1 ? activation.functions : activation.layers).map { kinds.known[$0]?.program }
        .unique(by: \.self)
    }
    func names(_ part: [ActivationSpec]) -> String {
      let names = part.map(\.label)
      return [names.dropLast().joined(separator: ", "), names[names.count - 1]]
        .filter { !$0.isEmpty }.joined(separator: " and ")
    }
    let alike = zip(equal, programs).filter { $1 == programs[0] }.map(\.0)
    let others = zip(equal, programs).filter { $1 != programs[0] }.map(\.0)
    let why =
      others.isEmpty
      ? reason(true)
      : alike.count == 1
        ? reason(false)
        : "\(names(alike)): \(reason(true)); \(names(others)): \(reason(false))"
    return "\(names(equal)) are the same function (\(why)), and each has trials of its own."
  }

  /// The catalogue's functions at their defaults.
  private static let catalogue = ActivationCatalogue.entries.compactMap {
    Description($0.resolved())
  }

  /// Numbers for functions, the same for equal ones.
  private struct Kinds {
    private(set) var known: [ActivationSpec: Description] = [:]
    private var numbers: [ActivationSpec: Int] = [:]
    private var first: [Description?] = []

    mutating func kind(of function: ActivationSpec) -> Int {
      if let number = numbers[function] { return number }
      let description = Description(function)
      known[function] = description
      let equal = description.flatMap { own in first.firstIndex { $0?.equals(own) == true } }
      if equal == nil { first.append(description) }
      numbers[function] = equal ?? first.count - 1
      return equal ?? first.count - 1
    }
  }

  private struct Description {
    struct Learned: Hashable {
      var initial: Float
      var scope: Activation.Learned.Scope
      var bounds: ClosedRange<Float>?
    }
    struct Program: Hashable {
      var value: FormulaProgram
      var learned: [Learned]
    }

    let name: String
    let program: Program
    /// Those at `Twins.compared`; empty where a parameter is learned.
    let values: [Double]

    init?(_ spec: ActivationSpec) {
      guard let definition = spec.definition,
        let formula = try? FormulaActivations.formula(definition.formula)
      else { return nil }
      name = spec.name
      var learned = formula.parameters.compactMap { key in
        spec.learned[key].map {
          Learned(
            initial: Float(spec.parameters[key] ?? .nan), scope: $0, bounds: spec.bounds[key]?.range
          )
        }
      }
      var parameters = formula.parameters.map {
        spec.learned[$0] == nil ? spec.parameters[$0] : nil
      }
      for own in definition.learnedByKernel {
        guard let index = formula.parameters.firstIndex(of: own.parameter) else { continue }
        learned.append(
          Learned(
            initial: Float(spec.parameters[own.parameter] ?? .nan), scope: own.scope, bounds: nil))
        parameters[index] = nil
      }
      guard let value = try? formula.program(parameters, derivatives: false) else { return nil }
      program = Program(value: value, learned: learned)
      let fixed = parameters.compactMap(\.self)
      values =
        fixed.count < parameters.count
        ? [] : Twins.compared.map { formula.value(at: $0, fixed) }
    }

    func equals(_ other: Description) -> Bool {
      program == other.program
        || !values.isEmpty && !other.values.isEmpty
          && zip(values, other.values).allSatisfy(Twins.agree)
    }
  }
}
