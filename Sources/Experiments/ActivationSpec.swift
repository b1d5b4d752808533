import Models

/// An activation function by its name in the config, with every parameter resolved.
package struct ActivationSpec: Hashable, Sendable {
  /// One of `ActivationCatalogue.names`, or that which the config gives its formula.
  package var name: String
  /// The config's formula; nil for a function of the catalogue.
  package var formula: String?
  /// The function's parameters, by the config's keys; of a learned one the initial value.
  package var parameters: [String: Double]
  /// The learned parameters, with what has one value of each.
  package var learned: [String: Activation.Learned.Scope]

  package init(
    name: String, formula: String? = nil, parameters: [String: Double] = [:],
    learned: [String: Activation.Learned.Scope] = [:]
  ) {
    self.name = name
    self.formula = formula
    self.parameters = parameters
    self.learned = learned
  }

  /// All that is known of the function; nil for a name that none has.
  package var definition: ActivationDefinition? {
    guard let formula else { return ActivationCatalogue.entry(named: name) }
    return try? ActivationDefinition(name: name, formula: formula)
  }

  /// Whether a formula says what is computed, not a hand-written kernel's name.
  package var isFormula: Bool {
    formula != nil || !learned.isEmpty || definition?.function == nil
  }

  /// The name for tables and figures with every parameter: `SReLU(α=1, β=0.1)`.
  package var displayLabel: String {
    Self.label(definition?.displayName ?? name, shown(defaults: true, \.symbol), ", ")
  }

  /// The name for tables and figures with the parameters that differ from their defaults:
  /// `SReLU`, `SReLU(β=0.25)`.
  package var shortDisplayLabel: String {
    Self.label(
      definition?.displayName ?? name, shown(defaults: false, \.symbol), ", ")
  }

  /// The config's name with the parameters that differ from their defaults: `srelu(beta=0.25)`.
  package var label: String {
    Self.label(name, shown(defaults: false, \.key), ",")
  }

  private func shown(defaults: Bool, _ name: KeyPath<Setting, String>) -> [String] {
    (definition?.parameters ?? []).compactMap { parameter in
      guard let value = parameters[parameter.key],
        defaults || learned[parameter.key] != nil || .number(value) != parameter.defaultValue
      else { return nil }
      let text = "\(parameter[keyPath: name])=\(canonicalText(of: value))"
      return learned[parameter.key].map { "\(text) learned \($0.rawValue)" } ?? text
    }
  }

  private static func label(_ name: String, _ shown: [String], _ separator: String) -> String {
    shown.isEmpty ? name : "\(name)(\(shown.joined(separator: separator)))"
  }

  /// Whether a config may call a formula so.
  static func isFormulaName(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]{0,39}/) != nil
  }

  /// Whether a config could say this: a known name with exactly its parameters, in their ranges.
  var isKnown: Bool {
    guard formula == nil || Self.isFormulaName(name), let known = definition?.parameters else {
      return false
    }
    return known.count == parameters.count && learned.keys.allSatisfy { parameters[$0] != nil }
      && known.allSatisfy { parameter in
        parameters[parameter.key].map { parameter.type.accepts(.number($0)) } == true
      }
  }

  /// What ids are made of: without later parameters that are at their defaults.
  var canonical: CanonicalJSON {
    let written = parameters.filter { key, value in
      definition?.parameters.first { $0.key == key }?.isWritten(.number(value)) ?? true
    }
    var members: [String: CanonicalJSON] = [
      "name": .string(name), "parameters": .object(written.mapValues { .number($0) }),
    ]
    members["formula"] = formula.map { .string($0) }
    if !learned.isEmpty { members["learned"] = .object(learned.mapValues { .string($0.rawValue) }) }
    return .object(members)
  }
}

extension ActivationSpec: Codable {
  private enum CodingKeys: String, CodingKey { case name, formula, parameters, learned }

  /// Reads `{"name", "parameters"}`; a later parameter that isn't there is at its default.
  /// - Throws: `DecodingError` for what no config could say.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    formula = try values.decodeIfPresent(String.self, forKey: .formula)
    parameters = try values.decode([String: Double].self, forKey: .parameters)
    learned =
      try values.decodeIfPresent(
        [String: Activation.Learned.Scope].self, forKey: .learned) ?? [:]
    for parameter in definition?.parameters ?? []
    where !parameter.isOriginal && parameters[parameter.key] == nil {
      parameters[parameter.key] = parameter.defaultValue.flatMap(Double.init)
    }
    guard isKnown else { throw DecodingError.noSuchValue(decoder.codingPath) }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encodeIfPresent(formula, forKey: .formula)
    try values.encode(parameters, forKey: .parameters)
    if !learned.isEmpty { try values.encode(learned, forKey: .learned) }
  }
}
