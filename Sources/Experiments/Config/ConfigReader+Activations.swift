import Formulas
import Models

extension ConfigReader {
  /// The activation functions of a config: names, names with parameters, formulas, or one for each layer; axes
  /// written out.
  func activations(_ node: ConfigNode) -> [(spec: ActivationSpec, node: ConfigNode)]? {
    var nodes: [ActivationSpec: ConfigNode] = [:]
    // What the config's own names stand for.
    var own: [String: String] = [:]
    let specs = axis(node, ofNamed: true) { element -> [ActivationSpec]? in
      let read = element.isLayered ? self.layered(element) : self.function(element)
      for spec in read ?? [] {
        nodes[spec] = element
        for part in spec.layers + [spec] {
          guard let meaning = part.ownMeaning else { continue }
          if let other = own.updateValue(meaning, forKey: part.name), other != meaning {
            let what = part.formula == nil ? "activations" : "formulas"
            return self.reject(
              element, "two \(what) are called ‘\(part.name)’: give one of them another name")
          }
        }
      }
      return read
    }
    return specs?.compactMap { spec in nodes[spec].map { (spec, $0) } }
  }

  // MARK: - A function

  /// One function, with the combinations of its parameters.
  func function(_ element: ConfigNode) -> [ActivationSpec]? {
    if case .mapping(let entries) = element.content, entries.count == 1, let entry = entries.first,
      let text = entry.value.entry("formula")
    {
      return formula(entry, text, usedAt: element)
    }
    guard
      let (name, parameters) = named(
        element, among: ActivationCatalogue.names + fileFormulas, what: "activation"),
      let definition = ActivationCatalogue.entry(named: name)
    else { return nil }
    guard let parameters else { return [definition.resolved()] }
    guard let specs = specs(of: definition, nil, parameters) else { return nil }
    for spec in specs {
      if let flaw = spec.formulaFlaw { return reject(parameters, flaw) }
    }
    return specs
  }

  private func formula(
    _ entry: ConfigNode.Entry, _ node: ConfigNode, usedAt element: ConfigNode
  ) -> [ActivationSpec]? {
    guard let (text, definition) = formula(entry, node),
      let specs = specs(of: definition, text, entry.value)
    else { return nil }
    for spec in specs {
      guard let flaw = spec.formulaFlaw else { continue }
      // A formula from another file, whose parameters may be this one's.
      return reject(
        node,
        flaw
          + (node.location.source == element.location.source
            ? "" : ", as used at \(element.location)"))
    }
    return specs
  }

  /// A formula's text, and what it is.
  /// - Parameters:
  ///   - entry: its name, with its text and parameters.
  ///   - node: its text.
  func formula(
    _ entry: ConfigNode.Entry, _ node: ConfigNode
  ) -> (text: String, definition: ActivationDefinition)? {
    guard isOwnName(entry.key, at: entry.location, entry.value.path, of: "formula"),
      let text = text(node, expected: "a formula in x, such as \"x > 0 ? x : a * x\"")
    else { return nil }
    do throws(FormulaError) {
      let definition = try ActivationDefinition(name: entry.key, formula: text)
      let taken = Set(TrialSummary.csvColumns(parameters: []) + ["formula", "learned", "layers"])
      for parameter in definition.parameters where taken.contains(parameter.key) {
        return reject(node, "‘\(parameter.key)’ already has a meaning: choose another name")
      }
      return (text, definition)
    } catch {
      return reject(node, "column \(error.column): \(error.message)")
    }
  }

  /// Whether a formula, or functions for layers, may be called so; reports if not.
  private func isOwnName(
    _ name: String, at location: ConfigLocation, _ path: String, of what: String
  ) -> Bool {
    if !ActivationSpec.isFormulaName(name) {
      report(
        location, path, "a \(what)'s name begins with a letter and has letters, digits, - and _")
    } else if ActivationCatalogue.entry(named: name) != nil {
      report(location, path, "‘\(name)’ is built in: give the \(what) another name")
    } else {
      return true
    }
    return false
  }

  // MARK: - Parameters

  /// The combinations of a function's parameters, each a number, a list or learned.
  private func specs(
    of definition: ActivationDefinition, _ formula: String?, _ node: ConfigNode
  ) -> [ActivationSpec]? {
    guard case .mapping(var entries) = node.content else {
      return reject(node, expected: "parameters of \(definition.name)")
    }
    var learned: [String: LearnedNode] = [:]
    var fixed: Set<String> = []
    for (index, entry) in entries.enumerated() {
      guard case .mapping = entry.value.content,
        definition.parameters.contains(where: { $0.key == entry.key })
      else { continue }
      if let value = entry.value.entry("fixed") {
        guard definition.learned[entry.key] != nil else {
          return reject(
            entry.value,
            "\(entry.key) is learned only where the config says so: leave out fixed, and give the number"
          )
        }
        guard mapping(entry.value, keys: ["fixed"], expected: "{fixed: 0.1}") != nil else {
          return nil
        }
        fixed.insert(entry.key)
        entries[index].value = value
        continue
      }
      guard let parameter = self.learned(entry.value) else { return nil }
      learned[entry.key] = parameter
      entries[index].value = parameter.initial
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
    if let own = definition.learnedByKernel.first, !learned.isEmpty {
      return reject(
        node,
        "the \(own.parameter) of \(definition.name) is learned as it is; use leaky-relu to say how "
          + "it is shared")
    }
    var rest = node
    rest.content = .mapping(entries)
    let combinations = combinations(of: definition.parameters, of: definition.name, rest)
    for parameter in definition.parameters where !fixed.contains(parameter.key) {
      let key = parameter.key
      let own = learned[key]
      let initials = Set((combinations ?? []).compactMap { $0[key].flatMap(Double.init) })
      guard let bounds = own == nil ? definition.learned[key]?.bounds : own?.bounds,
        let outside = initials.filter({ !bounds.contains($0) }).min()
      else { continue }
      return reject(
        own?.initial ?? node.entry(key) ?? node,
        "the initial value, \(canonicalText(of: outside)), is outside the bounds, "
          + bounds.text)
    }
    return combinations?.map {
      var spec = definition.resolved(with: $0.compactMapValues(Double.init))
      spec.formula = formula
      for key in fixed { (spec.learned[key], spec.bounds[key]) = (nil, nil) }
      for (key, parameter) in learned {
        (spec.learned[key], spec.bounds[key]) = (parameter.scope, parameter.bounds)
      }
      return spec
    }
  }

  /// A learned parameter as it is written.
  private struct LearnedNode {
    let scope: Activation.Learned.Scope
    let initial: ConfigNode
    let bounds: ParameterBounds?
  }

  private func learned(_ node: ConfigNode) -> LearnedNode? {
    let expected = "{learned: per-channel, initial: 0.1}"
    let keys = ["learned", "initial", "minimum", "maximum", "decay"]
    guard let members = mapping(node, keys: keys, expected: expected) else { return nil }
    guard let scope = members["learned"], let initial = members["initial"] else {
      return reject(node, expected: expected)
    }
    let names = Activation.Learned.Scope.allCases.map(\.rawValue)
    guard
      let scope = name(scope, among: names, what: "sharing").flatMap(
        Activation.Learned.Scope.init)
    else { return nil }
    if let decay = members["decay"] {
      guard decay.isText("false") else {
        return reject(
          decay,
          decay.isText("true")
            ? "no optimizer here decays weights, nor learned parameters: leave decay out"
            : "expected false, found \(decay.summary)")
      }
    }
    var bounds = ParameterBounds()
    for (key, path) in [("minimum", \ParameterBounds.minimum), ("maximum", \.maximum)] {
      guard let node = members[key] else { continue }
      let range = NumberRange(minimum: -1_000_000, maximum: 1_000_000)
      guard let value = number(node, expected: range.expectation, range.contains) else {
        return nil
      }
      bounds[keyPath: path] = value
    }
    guard bounds != ParameterBounds() else {
      return LearnedNode(scope: scope, initial: initial, bounds: nil)
    }
    if let flaw = bounds.flaw { return reject(members["minimum"] ?? node, flaw) }
    return LearnedNode(scope: scope, initial: initial, bounds: bounds)
  }

  // MARK: - A function for each layer

  /// `{name: mixed, layers: [relu, srelu]}` or `mixed: {layers: [relu, srelu]}`, with the combinations of the
  /// parameters.
  private func layered(_ element: ConfigNode) -> [ActivationSpec]? {
    let expected = "{name: mixed, layers: [relu, srelu]}"
    let name: String
    let list: ConfigNode
    if case .mapping(let entries) = element.content, entries.count == 1, let entry = entries.first,
      entry.key != "layers"
    {
      guard let members = mapping(entry.value, keys: ["layers"], expected: expected),
        let layers = members["layers"],
        isOwnName(entry.key, at: entry.location, entry.value.path, of: "list of layers")
      else { return nil }
      (name, list) = (entry.key, layers)
    } else {
      guard let members = mapping(element, keys: ["name", "layers"], expected: expected),
        let layers = members["layers"],
        let node = required("name", of: element, members),
        let text = text(node, expected: "a name"),
        isOwnName(text, at: node.location, node.path, of: "list of layers")
      else { return nil }
      (name, list) = (text, layers)
    }
    let limit = ActivationSpec.layerLimit
    guard case .sequence(let nodes) = list.content, (1...limit).contains(nodes.count) else {
      return reject(list, expected: "a list of 1 to \(limit) functions, one for each layer")
    }
    var combinations: [[ActivationSpec]] = [[]]
    for node in nodes {
      guard !node.isLayered else {
        return reject(node, "a layer has one function, not a list of layers")
      }
      guard let functions = axis(node, ofNamed: true, function) else { return nil }
      guard combinations.count * functions.count <= Self.axisLimit else {
        return reject(node, "the lists multiply to more than \(Self.axisLimit) combinations")
      }
      combinations = combinations.flatMap { start in functions.map { start + [$0] } }
    }
    let specs = combinations.map { ActivationSpec(name: name, layers: $0) }
    for spec in specs {
      if let flaw = spec.sharingFlaw { return reject(list, flaw) }
    }
    return specs
  }
}

extension ConfigNode {
  /// The value of a mapping's key; nil where there is none.
  func entry(_ key: String) -> ConfigNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// Whether this is an activation with a function for each layer.
  var isLayered: Bool {
    guard case .mapping(let entries) = content else { return false }
    return entry("layers") != nil
      || entries.count == 1 && entries[0].value.entry("layers") != nil
        && entries[0].value.entry("formula") == nil
  }
}

extension ActivationSpec {
  /// What the config's own name stands for, whatever the parameters; nil for a function of the catalogue.
  fileprivate var ownMeaning: String? {
    layers.isEmpty
      ? formula : "layers " + layers.map { $0.name + ($0.formula ?? "") }.joined(separator: ", ")
  }

  /// Whether a config gave it its name.
  package var isOwn: Bool { formula != nil || !layers.isEmpty }
}
