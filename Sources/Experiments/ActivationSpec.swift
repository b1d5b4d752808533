import Formulas
import Models

/// An activation function by its name in the config, with every parameter resolved; or one for each activation
/// layer of a network.
package struct ActivationSpec: Hashable, Sendable {
  /// One of `ActivationCatalogue.names`, or that which the config gives its formula or its layers.
  package var name: String
  /// The config's formula; nil for a function of the catalogue.
  package var formula: String?
  /// The function's parameters, by the config's keys; of a learned one the initial value.
  package var parameters: [String: Double]
  /// The learned parameters, with what has one value of each.
  package var learned: [String: Activation.Learned.Scope]
  /// The bounds of learned parameters, where the config gives any.
  package var bounds: [String: ParameterBounds]
  /// The functions of the activation layers, first to last, where the config gives each its own: then the
  /// name is theirs together, and nothing else is set. `functions` is what to use.
  package var layers: [ActivationSpec]

  package init(
    name: String, formula: String? = nil, parameters: [String: Double] = [:],
    learned: [String: Activation.Learned.Scope] = [:], bounds: [String: ParameterBounds] = [:],
    layers: [ActivationSpec] = []
  ) {
    self.name = name
    self.formula = formula
    self.parameters = parameters
    self.learned = learned
    self.bounds = bounds
    self.layers = layers
  }

  /// All that is known of the function; nil for a name that none has, and where each layer has its own.
  package var definition: ActivationDefinition? {
    guard let formula else { return ActivationCatalogue.entry(named: name) }
    return try? ActivationDefinition(name: name, formula: formula)
  }

  /// The function's formula with the values of its parameters; learned ones are at their initial values.
  /// - Throws: `TrialShapeError` or `FormulaError` for a function that there isn't.
  func formulaAndValues() throws -> (Formula, [Double]) {
    guard let definition else {
      throw TrialShapeError(description: "No activation is called \(name).")
    }
    let formula = try FormulaActivations.formula(definition.formula)
    return (formula, formula.parameters.map { parameters[$0] ?? .nan })
  }

  /// The functions that are computed: this one, or its layers', each once.
  package var functions: [ActivationSpec] { layers.isEmpty ? [self] : layers.unique(by: \.self) }

  /// The functions of a network's activation layers, first to last; nil for a network of another number.
  package func functions(ofLayers count: Int) -> [ActivationSpec]? {
    if layers.isEmpty { return Array(repeating: self, count: count) }
    return layers.count == count ? layers : nil
  }

  /// The style of its curves.
  package var style: ActivationDefinition.Style {
    definition?.style ?? (layers.isEmpty ? .unknown : .init(unnamed: name))
  }

  /// Whether formulas say what is computed, not a hand-written kernel's name.
  package var isFormula: Bool {
    formula != nil || !learned.isEmpty || definition?.function == nil
  }

  /// The name for tables and figures with every parameter: `SReLU(α=1, β=0.1)`.
  package var displayLabel: String {
    Self.label(
      definition?.displayName ?? name,
      shown(defaults: true, \.symbol) + layers.map(\.displayLabel), ", ")
  }

  /// The name for tables and figures with the parameters that differ from their defaults:
  /// `SReLU`, `SReLU(β=0.25)`, `mixed(ReLU, SReLU)`.
  package var shortDisplayLabel: String {
    Self.label(
      definition?.displayName ?? name,
      shown(defaults: false, \.symbol) + layers.map(\.shortDisplayLabel), ", ")
  }

  /// The config's name with the parameters that differ from their defaults: `srelu(beta=0.25)`.
  package var label: String {
    Self.label(name, shown(defaults: false, \.key) + layers.map(\.label), ",")
  }

  private func shown(defaults: Bool, _ name: KeyPath<Setting, String>) -> [String] {
    (definition?.parameters ?? []).compactMap { parameter in
      let key = parameter.key
      let isOriginal = isLearnedAsUsual(key)
      guard let value = parameters[key],
        defaults || !isOriginal || .number(value) != parameter.defaultValue
      else { return nil }
      let text = isOriginal && !defaults ? canonicalText(of: value) : valueText(of: key) ?? ""
      return "\(parameter[keyPath: name])=\(text)"
    }
  }

  /// Whether a parameter is learned, and within which bounds, as it is without the config saying so.
  private func isLearnedAsUsual(_ parameter: String) -> Bool {
    let usual = definition?.learned[parameter]
    return learned[parameter] == usual?.scope && bounds[parameter] == usual?.bounds
  }

  /// A parameter's value, and what is learned of it: `0.1`, `0.1 learned per-channel from 0 to 1`; `0.1 fixed`
  /// where it would be learned.
  package func valueText(of parameter: String) -> String? {
    parameters[parameter].map { value in
      canonicalText(of: value)
        + (learningText(of: parameter).map { " learned \($0)" }
          ?? (isLearnedAsUsual(parameter) ? "" : " fixed"))
    }
  }

  /// What has one value of a learned parameter, and its bounds: `per-channel from 0 to 1`.
  package func learningText(of parameter: String) -> String? {
    learned[parameter].map { scope in
      [scope.rawValue, bounds[parameter]?.text].compactMap(\.self).joined(separator: " ")
    }
  }

  private static func label(_ name: String, _ shown: [String], _ separator: String) -> String {
    shown.isEmpty ? name : "\(name)(\(shown.joined(separator: separator)))"
  }

  /// The most activation layers that a network may have.
  static let layerLimit = 2 * SettingType.layerLimit

  /// Whether a config may call a formula so.
  static func isFormulaName(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]{0,39}/) != nil
  }

  /// Why the layers can't share what they have one value of together; nil if they can.
  var sharingFlaw: String? {
    var first: [String: ActivationSpec] = [:]
    for layer in layers {
      for key in layer.learned.keys.sorted() where layer.learned[key] == .network {
        let other = first[key, default: layer]
        first[key] = other
        guard
          other.name != layer.name || other.formula != layer.formula
            || other.parameters[key] != layer.parameters[key]
            || other.bounds[key] != layer.bounds[key]
        else { continue }
        return "\(other.label) and \(layer.label) can't have one \(key) for the whole network: it "
          + "needs one function, one initial value and the same bounds; use per-layer"
      }
    }
    return nil
  }

  /// Whether a config could say this: a known name with exactly its parameters, in their ranges.
  var isKnown: Bool {
    guard layers.isEmpty else {
      return Self.isFormulaName(name) && ActivationCatalogue.entry(named: name) == nil
        && self == ActivationSpec(name: name, layers: layers) && sharingFlaw == nil
        && layers.count <= Self.layerLimit
        && layers.allSatisfy { $0.layers.isEmpty && $0.isKnown }
    }
    guard formula == nil || Self.isFormulaName(name), let known = definition?.parameters else {
      return false
    }
    return known.count == parameters.count && learned.keys.allSatisfy { parameters[$0] != nil }
      && bounds.allSatisfy { key, bounds in
        learned[key] != nil && parameters[key].map(bounds.contains) == true && bounds.flaw == nil
      }
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
    if !bounds.isEmpty { members["bounds"] = .object(bounds.mapValues(\.canonical)) }
    if !layers.isEmpty { members["layers"] = .array(layers.map(\.canonical)) }
    return .object(members)
  }
}

/// The values that a learned parameter is kept within: at least one end.
package struct ParameterBounds: Hashable, Codable, Sendable {
  package var minimum: Double?
  package var maximum: Double?

  package init(minimum: Double? = nil, maximum: Double? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// As they are kept: parameters are floats.
  var range: ClosedRange<Float>? {
    let (low, high) = (Float(minimum ?? -.infinity), Float(maximum ?? .infinity))
    return low < high ? low...high : nil
  }

  func contains(_ value: Double) -> Bool { range?.contains(Float(value)) == true }

  /// Why they aren't bounds; nil if they are.
  var flaw: String? {
    guard let minimum, let maximum, range == nil else {
      return minimum == nil && maximum == nil ? "expected a minimum or a maximum" : nil
    }
    return "the minimum, \(canonicalText(of: minimum)), has to be below the maximum, "
      + "\(canonicalText(of: maximum))" + (minimum < maximum ? ", also as 32-bit numbers" : "")
  }

  /// `from 0 to 1`, `from 0`, `up to 1`.
  package var text: String {
    switch (minimum.map(canonicalText(of:)), maximum.map(canonicalText(of:))) {
    case (let low?, let high?): "from \(low) to \(high)"
    case (let low?, nil): "from \(low)"
    case (nil, let high?): "up to \(high)"
    case (nil, nil): ""
    }
  }

  /// The ends that there are, by their keys.
  var ends: [(key: String, value: Double)] {
    [("minimum", minimum), ("maximum", maximum)].compactMap { key, value in
      value.map { (key, $0) }
    }
  }

  var canonical: CanonicalJSON {
    .object(Dictionary(uniqueKeysWithValues: ends.map { ($0.key, .number($0.value)) }))
  }
}

extension ActivationSpec: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, formula, parameters, learned, bounds, layers
  }

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
    bounds = try values.decodeIfPresent([String: ParameterBounds].self, forKey: .bounds) ?? [:]
    layers = try values.decodeIfPresent([ActivationSpec].self, forKey: .layers) ?? []
    for parameter in layers.isEmpty ? definition?.parameters ?? [] : []
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
    if !bounds.isEmpty { try values.encode(bounds, forKey: .bounds) }
    if !layers.isEmpty { try values.encode(layers, forKey: .layers) }
  }
}
