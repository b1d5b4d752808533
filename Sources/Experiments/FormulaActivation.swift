import Formulas
import Models
import Synchronization

extension ActivationDefinition {
  /// The inputs for which a formula must have a finite value and derivatives. Beyond, as where x² overflows,
  /// a network has diverged anyway.
  package static let inputLimit: Float = 1e4

  /// A function that a config describes by its formula.
  /// - Throws: the formula's fault.
  package init(name: String, formula text: String) throws(FormulaError) {
    let formula = try FormulaActivations.formula(text)
    self.init(
      name, name, text,
      parameters: formula.parameters.map {
        Setting(
          $0, .number(NumberRange(minimum: -1_000_000, maximum: 1_000_000)), original: true,
          "A parameter of the formula.")
      },
      style: Style(unnamed: name), formula: text)
  }
}

extension ActivationDefinition.Style {
  private static let colours = [
    "#332288", "#117733", "#AA4499", "#999933", "#44AA99", "#661100", "#6699CC", "#AA4466",
    "#4477AA", "#228833", "#EE6677", "#CCBB44",
  ]

  /// A style for a function that has none of its own, the same in every study.
  init(unnamed name: String) {
    let sum = name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff }
    self.init(
      colour: Self.colours[sum % Self.colours.count], dash: 1 + sum / 12 % 4,
      point: 4 + sum / 48 % 10)
  }
}

extension ActivationSpec {
  /// Why the formula can't be used with these parameters, and with all that its bounded ones may become; nil if
  /// it can. A function of the catalogue with a kernel of its own is checked where it has bounds.
  package var formulaFlaw: String? {
    guard formula != nil || !bounds.isEmpty || definition?.function == nil else { return nil }
    return FormulaActivations.flaw(self) { foundFlaw }
  }

  private var foundFlaw: String? {
    guard let text = definition?.formula, let formula = try? FormulaActivations.formula(text) else {
      return nil
    }
    for values in triedParameters(of: formula) {
      let finiteness = formula.finiteness(
        formula.parameters.map { values[$0] ?? .nan }, learned: Set(learned.keys),
        within: ActivationDefinition.inputLimit)
      guard let fault = finiteness.fault else { continue }
      let subject =
        switch fault.subject {
        case .value: "the value"
        case .derivative: "the derivative"
        case .gradient(let parameter): "the derivative by \(parameter)"
        }
      let changed = values.filter { parameters[$0.key] != $0.value }.sorted { $0.key < $1.key }
        .map { "\($0.key) = \(canonicalText(of: $0.value))" }
      return "\(subject) isn't finite at x = \(fault.x)"
        + (changed.isEmpty ? "" : " with \(changed.joined(separator: ", ")), which it may become")
        + ": \(fault.part) is \(fault.value.isNaN ? "NaN" : "\(fault.value)")"
    }
    if let wrong = formula.disagreement(
      formula.parameters.map { parameters[$0] ?? .nan }, learned: Set(learned.keys))
    {
      return "the derivative\(wrong.parameter.map { " by \($0)" } ?? "") at x = \(wrong.x) is "
        + "\(wrong.derivative), but differences of the value give \(wrong.difference): write the "
        + "formula in another way, and report this one"
    }
    do throws(FormulaError) {
      _ = try FormulaActivations.activation(self, text)
      return nil
    } catch {
      return error.message
    }
  }

  /// The parameters, with the bounded ones at their initial values, all at their lowest, all at their highest,
  /// and each by itself there, at 0 and in the middle.
  private func triedParameters(of formula: Formula) -> [[String: Double]] {
    var tried = [parameters]
    guard !bounds.isEmpty else { return tried }
    tried.append(parameters.merging(bounds.compactMapValues(\.minimum)) { $1 })
    tried.append(parameters.merging(bounds.compactMapValues(\.maximum)) { $1 })
    for (key, bounds) in bounds.sorted(by: { $0.key < $1.key }) {
      let middle =
        bounds.ends.count < 2 ? [] : [bounds.ends.reduce(0) { $0 + $1.value / 2 }]
      for value in bounds.ends.map(\.value) + (bounds.contains(0) ? [0] : []) + middle {
        tried.append(parameters.merging([key: value]) { $1 })
      }
    }
    return tried.unique(by: \.self)
  }
}

/// Formulas that were read, and their activations. Analysing one takes milliseconds, and every trial and label
/// of a study asks.
enum FormulaActivations {
  private static let read = Mutex<[String: Formula]>([:])
  private static let flaws = Mutex<[ActivationSpec: String?]>([:])
  private static let known = Mutex<[ActivationSpec: Activation]>([:])

  static func formula(_ text: String) throws(FormulaError) -> Formula {
    if let formula = read.withLock({ $0[text] }) { return formula }
    let formula = try Formula(text)
    read.withLock { $0[text] = formula }
    return formula
  }

  /// A function's flaw, looked for once.
  static func flaw(_ spec: ActivationSpec, _ find: () -> String?) -> String? {
    if let flaw = flaws.withLock({ $0[spec] }) { return flaw }
    let flaw = find()
    flaws.withLock { $0[spec] = .some(flaw) }
    return flaw
  }

  static func activation(
    _ spec: ActivationSpec, _ text: String
  ) throws(FormulaError) -> Activation {
    if let activation = known.withLock({ $0[spec] }) { return activation }
    let formula = try formula(text)
    var activation = try Activation(
      formula,
      formula.parameters.map { name in
        let value = spec.parameters[name] ?? .nan
        guard let scope = spec.learned[name] else { return .fixed(value) }
        let bounds = spec.bounds[name]?.range
        let range = bounds ?? -Float.infinity...Float.infinity
        return .learned(
          Activation.Learned(name, initial: Float(value), scope: scope, bounds: bounds),
          Double(range.lowerBound)...Double(range.upperBound))
      })
    if let kernel = kernel(of: activation) { activation = kernel }
    known.withLock { $0[spec] = activation }
    return activation
  }

  /// The hand-written kernel that computes what a formula's programs do; nil if there is none.
  private static func kernel(of activation: Activation) -> Activation? {
    guard case .program(let value, _) = activation.kernel else { return nil }
    // A kernel's constants are among the program's, or 1, which a formula leaves out.
    let numbers = Set(value.constants.map { Double($0) } + [1])
    guard numbers.count <= 6 else { return nil }
    for definition in ActivationCatalogue.entries {
      let learned = definition.learnedByKernel
      guard let function = definition.function, let other = try? formula(definition.formula),
        learned.map(\.scope) == activation.learned.map(\.scope)
      else { continue }
      var choices: [[String: Double]] = [[:]]
      for parameter in definition.parameters
      where !learned.contains(where: { $0.parameter == parameter.key }) {
        choices = choices.flatMap { choice in
          numbers.filter { parameter.type.accepts(.number($0)) }
            .map { choice.merging([parameter.key: $0]) { $1 } }
        }
      }
      let choice = choices.first { choice in
        isSame(activation, other, other.parameters.map { choice[$0] })
      }
      guard let choice else { continue }
      let own = function { Float(choice[$0] ?? .nan) }
      return Activation(
        own.kernel, learned: activation.learned, shape: own.shape, fallsUntil: own.fallsUntil,
        risesFrom: own.risesFrom)
    }
    return nil
  }

  private static func isSame(
    _ activation: Activation, _ formula: Formula, _ values: [Double?]
  ) -> Bool {
    guard case .program(let value, let derivatives) = activation.kernel,
      value == (try? formula.program(values, derivatives: false))
    else { return false }
    return derivatives == (try? formula.program(values, derivatives: true))
  }
}
