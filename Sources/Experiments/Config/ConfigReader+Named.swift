extension ConfigReader {
  /// A name with the node of its parameters, if it has any: `relu`, or `srelu: {beta: 0.1}`.
  func named(
    _ node: ConfigNode, among names: [String], what: String
  ) -> (name: String, parameters: ConfigNode?)? {
    guard case .mapping(let entries) = node.content else {
      return name(node, among: names, what: what).map { ($0, nil) }
    }
    guard entries.count == 1, let entry = entries.first else {
      reportMismatch(
        node,
        expected: "one \(what) with its parameters indented below its name, as in "
          + "\(names[0]): {…}")
      return nil
    }
    let keyNode = ConfigNode(
      content: .scalar(entry.key, quoted: true), location: entry.location, path: node.path)
    guard let name = name(keyNode, among: names, what: what) else { return nil }
    return (name, entry.value.isNothing ? nil : entry.value)
  }

  /// The activation functions of a config: bare names or names with parameters, axes written out.
  func activations(_ node: ConfigNode) -> [ActivationSpec]? {
    namedAxis(node) { element in
      guard
        let (name, parameters) = self.named(
          element, among: ActivationCatalogue.names, what: "activation"),
        let entry = ActivationCatalogue.entry(named: name)
      else { return nil }
      guard let parameters else { return [entry.resolved()] }
      return self.activations(of: entry, parameters)
    }
  }

  private func activations(
    of entry: ActivationCatalogue.Entry, _ node: ConfigNode
  ) -> [ActivationSpec]? {
    guard
      let values = mapping(
        node, keys: entry.parameters.map(\.key), expected: "parameters of \(entry.name)")
    else { return nil }
    var specs: [[String: Double]]? = [[:]]
    for parameter in entry.parameters {
      guard let valueNode = values[parameter.key] else { continue }
      let axis = axis(valueNode) { element in
        self.number(element, expected: parameter.rangeDescription, parameter.accepts)
      }
      specs = product(specs, axis, at: valueNode) { spec, value in
        spec[parameter.key] = value
      }
    }
    return specs?.map { entry.resolved(with: $0) }
  }

  /// The networks of a config: bare names or names with parameters, axes written out.
  func architectures(_ node: ConfigNode) -> [(spec: ArchitectureSpec, node: ConfigNode)]? {
    var nodes: [ArchitectureSpec: ConfigNode] = [:]
    let kinds = ArchitectureSpec.Kind.allCases.map(\.rawValue)
    let specs = namedAxis(node) { element -> [ArchitectureSpec]? in
      guard let (name, parameters) = self.named(element, among: kinds, what: "architecture")
      else { return nil }
      let usual: ArchitectureSpec = name == "cnn" ? .cnn : .ffnn
      let specs = parameters.map { self.architectures(like: usual, $0) } ?? [usual]
      for spec in specs ?? [] { nodes[spec] = element }
      return specs
    }
    return specs?.compactMap { spec in nodes[spec].map { (spec, $0) } }
  }

  private func architectures(
    like usual: ArchitectureSpec, _ node: ConfigNode
  ) -> [ArchitectureSpec]? {
    let keys =
      usual.kind == .cnn
      ? ["filters", "kernel", "padding", "hidden", "dropout"] : ["hidden", "dropout"]
    guard
      let values = mapping(
        node, keys: keys, expected: "parameters of \(usual.kind.rawValue)")
    else { return nil }
    var specs: [ArchitectureSpec]? = [usual]
    if let node = values["filters"] {
      specs = product(specs, listAxis(node, in: 1...4096), at: node) { $0.filters = $1 }
    }
    if let node = values["kernel"] {
      specs = product(specs, axis(node, kernel), at: node) { $0.kernel = $1 }
    }
    if let node = values["padding"] {
      specs = product(specs, axis(node, padding), at: node) { $0.padding = $1 }
    }
    if let node = values["hidden"] {
      specs = product(specs, listAxis(node, in: 1...65_536), at: node) { $0.hidden = $1 }
    }
    if let node = values["dropout"] {
      let axis = axis(node) { element in
        self.number(element, expected: "a share from 0 up to, not including, 1") {
          $0 >= 0 && $0 < 1
        }
      }
      specs = product(specs, axis, at: node) { $0.dropout = $1 }
    }
    return specs
  }

  private func kernel(_ node: ConfigNode) -> Int? {
    guard let size = node.wholeNumber(as: Int.self), (1...255).contains(size), size % 2 == 1 else {
      reportMismatch(node, expected: "an odd whole number from 1 to 255")
      return nil
    }
    return size
  }

  private func padding(_ node: ConfigNode) -> ArchitectureSpec.Padding? {
    let names = ArchitectureSpec.Padding.allCases.map(\.rawValue)
    return name(node, among: names, what: "padding").flatMap(ArchitectureSpec.Padding.init)
  }

  /// A list of named things, each of which may stand for several; no two may be the same. One that
  /// is there twice is reported and counts once, so that the rest of the config is checked too.
  private func namedAxis<T: Hashable>(
    _ node: ConfigNode, _ read: (ConfigNode) -> [T]?
  ) -> [T]? {
    let elements = node.elements
    guard !elements.isEmpty else {
      report(node, "expected at least one value, found an empty list")
      return nil
    }
    var result: [T] = []
    var origins: [T: ConfigNode] = [:]
    var isComplete = true
    for element in elements {
      guard let values = read(element) else {
        isComplete = false
        continue
      }
      for value in values {
        if let first = origins.updateValue(element, forKey: value) {
          report(
            element,
            "the same as \(first.path) once its parameters are filled in; keep one of them")
        } else {
          result.append(value)
        }
      }
    }
    return isComplete ? result : nil
  }

  /// Every base with every value of an axis set.
  private func product<Base, Value>(
    _ bases: [Base]?, _ axis: [Value]?, at node: ConfigNode, _ set: (inout Base, Value) -> Void
  ) -> [Base]? {
    guard let bases, let axis else { return nil }
    guard bases.count * axis.count <= Self.axisLimit else {
      report(node, "the lists multiply to more than \(Self.axisLimit) combinations")
      return nil
    }
    return bases.flatMap { base in
      axis.map { value in
        var changed = base
        set(&changed, value)
        return changed
      }
    }
  }
}
