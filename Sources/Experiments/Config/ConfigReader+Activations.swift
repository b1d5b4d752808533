import Formulas
import Models

extension ConfigReader {
  /// The activation functions of a config: names, names with parameters, or formulas; axes written out.
  func activations(_ node: ConfigNode) -> [ActivationSpec]? {
    var formulas: [String: String] = [:]
    return axis(node, ofNamed: true) { element in
      if case .mapping(let entries) = element.content, entries.count == 1,
        let entry = entries.first,
        case .mapping(let members) = entry.value.content,
        let text = members.first(where: { $0.key == "formula" })
      {
        guard let specs = self.formula(entry, text.value) else { return nil }
        if let other = formulas.updateValue(specs[0].formula ?? "", forKey: entry.key),
          other != specs[0].formula
        {
          return self.reject(
            element, "two formulas are called ‘\(entry.key)’: give one of them another name")
        }
        return specs
      }
      guard
        let (name, parameters) = self.named(
          element, among: ActivationCatalogue.names, what: "activation"),
        let definition = ActivationCatalogue.entry(named: name)
      else { return nil }
      guard let parameters else { return [definition.resolved()] }
      return self.specs(of: definition, nil, parameters)
    }
  }

  private func formula(_ entry: ConfigNode.Entry, _ node: ConfigNode) -> [ActivationSpec]? {
    let name = entry.key
    func refuse(_ message: String) -> [ActivationSpec]? {
      reject(entry.location, entry.value.path, message)
    }
    guard ActivationSpec.isFormulaName(name) else {
      return refuse("a formula's name begins with a letter and has letters, digits, - and _")
    }
    guard ActivationCatalogue.entry(named: name) == nil else {
      return refuse("‘\(name)’ is built in: give the formula another name")
    }
    guard let text = text(node, expected: "a formula in x, such as \"x > 0 ? x : a * x\"") else {
      return nil
    }
    let definition: ActivationDefinition
    do throws(FormulaError) {
      definition = try ActivationDefinition(name: name, formula: text)
    } catch {
      return reject(node, "column \(error.column): \(error.message)")
    }
    let taken = Set(TrialSummary.csvColumns(parameters: []) + ["formula", "learned"])
    for parameter in definition.parameters where taken.contains(parameter.key) {
      return reject(node, "‘\(parameter.key)’ already has a meaning: choose another name")
    }
    guard let specs = specs(of: definition, text, entry.value) else { return nil }
    for spec in specs {
      if let flaw = spec.formulaFlaw { return reject(node, flaw) }
    }
    return specs
  }

  /// The combinations of a function's parameters, each a number, a list or learned.
  private func specs(
    of definition: ActivationDefinition, _ formula: String?, _ node: ConfigNode
  ) -> [ActivationSpec]? {
    guard case .mapping(var entries) = node.content else {
      return reject(node, expected: "parameters of \(definition.name)")
    }
    var learned: [String: Activation.Learned.Scope] = [:]
    for (index, entry) in entries.enumerated() {
      guard case .mapping = entry.value.content,
        definition.parameters.contains(where: { $0.key == entry.key })
      else { continue }
      guard let (scope, initial) = self.learned(entry.value) else { return nil }
      learned[entry.key] = scope
      entries[index].value = initial
    }
    if formula != nil {
      entries.removeAll { $0.key == "formula" }
      for parameter in definition.parameters
      where !entries.contains(where: { $0.key == parameter.key }) {
        return reject(
          node,
          "‘\(parameter.key)’ in the formula has no value: add \(parameter.key): with a number, a "
            + "list, or {learned: per-layer, initial: 0.1}")
      }
    }
    if formula == nil, definition.name == "prelu", !learned.isEmpty {
      return reject(
        node, "the slope of prelu is learned as it is; use leaky-relu to say how it is shared")
    }
    var rest = node
    rest.content = .mapping(entries)
    return combinations(of: definition.parameters, of: definition.name, rest)?.map {
      var spec = definition.resolved(with: $0.compactMapValues(Double.init))
      spec.formula = formula
      spec.learned = learned
      return spec
    }
  }

  private func learned(
    _ node: ConfigNode
  ) -> (scope: Activation.Learned.Scope, initial: ConfigNode)? {
    let expected = "{learned: per-channel, initial: 0.1}"
    guard let members = mapping(node, keys: ["learned", "initial"], expected: expected) else {
      return nil
    }
    guard let scope = members["learned"], let initial = members["initial"] else {
      return reject(node, expected: expected)
    }
    let names = Activation.Learned.Scope.allCases.map(\.rawValue)
    return name(scope, among: names, what: "sharing")
      .flatMap(Activation.Learned.Scope.init).map { ($0, initial) }
  }
}
