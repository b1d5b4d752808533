/// An activation function by its name in the config, with every parameter resolved.
package struct ActivationSpec: Hashable, Sendable {
  /// The config's name: one of `ActivationCatalogue.names`.
  package var name: String
  /// The function's parameters, by the config's keys.
  package var parameters: [String: Double]

  package init(name: String, parameters: [String: Double] = [:]) {
    self.name = name
    self.parameters = parameters
  }

  /// All that is known of the function; nil for a name that none has.
  package var definition: ActivationDefinition? { ActivationCatalogue.entry(named: name) }

  /// The name for tables and figures with every parameter: `SReLU(α=1, β=0.1)`.
  package var displayLabel: String {
    Self.label(definition?.displayName ?? name, shown(defaults: true).map { ($0.symbol, $1) }, ", ")
  }

  /// The name for tables and figures with the parameters that differ from their defaults:
  /// `SReLU`, `SReLU(β=0.25)`.
  package var shortDisplayLabel: String {
    Self.label(
      definition?.displayName ?? name, shown(defaults: false).map { ($0.symbol, $1) }, ", ")
  }

  /// The config's name with the parameters that differ from their defaults: `srelu(beta=0.25)`.
  package var label: String {
    Self.label(name, shown(defaults: false).map { ($0.key, $1) }, ",")
  }

  private func shown(defaults: Bool) -> [(Setting, Double)] {
    (definition?.parameters ?? []).compactMap { parameter in
      guard let value = parameters[parameter.key],
        defaults || .number(value) != parameter.defaultValue
      else { return nil }
      return (parameter, value)
    }
  }

  private static func label(
    _ name: String, _ shown: [(String, Double)], _ separator: String
  ) -> String {
    guard !shown.isEmpty else { return name }
    let parameters = shown.map { "\($0)=\(canonicalText(of: $1))" }
    return "\(name)(\(parameters.joined(separator: separator)))"
  }

  /// Whether a config could say this: a known name with exactly its parameters, in their ranges.
  var isKnown: Bool {
    guard let known = definition?.parameters else { return false }
    return known.count == parameters.count
      && known.allSatisfy { parameter in
        parameters[parameter.key].map { parameter.type.accepts(.number($0)) } == true
      }
  }

  /// What ids are made of: without later parameters that are at their defaults.
  var canonical: CanonicalJSON {
    let written = parameters.filter { key, value in
      definition?.parameters.first { $0.key == key }?.isWritten(.number(value)) ?? true
    }
    return .object([
      "name": .string(name), "parameters": .object(written.mapValues { .number($0) }),
    ])
  }
}

extension ActivationSpec: Codable {
  private enum CodingKeys: String, CodingKey { case name, parameters }

  /// Reads `{"name", "parameters"}`; a later parameter that isn't there is at its default.
  /// - Throws: `DecodingError` for what no config could say.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    parameters = try values.decode([String: Double].self, forKey: .parameters)
    for parameter in definition?.parameters ?? []
    where !parameter.isOriginal && parameters[parameter.key] == nil {
      parameters[parameter.key] = parameter.defaultValue.flatMap(Double.init)
    }
    guard isKnown else { throw DecodingError.noSuchValue(decoder.codingPath) }
  }
}
