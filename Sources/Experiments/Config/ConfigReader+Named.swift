extension ConfigReader {
  /// A name with the node of its parameters, if it has any: `relu`, or `srelu: {beta: 0.1}`.
  func named(
    _ node: ConfigNode, among names: [String], what: String
  ) -> (name: String, parameters: ConfigNode?)? {
    guard case .mapping(let entries) = node.content else {
      return name(node, among: names, what: what).map { ($0, nil) }
    }
    guard entries.count == 1, let entry = entries.first else {
      return reject(
        node,
        expected: "one \(what) with its parameters indented below its name, as in "
          + "\(names[0]): {…}")
    }
    let keyNode = ConfigNode(
      content: .scalar(entry.key, quoted: true), location: entry.location, path: node.path)
    guard let name = name(keyNode, among: names, what: what) else { return nil }
    return (name, entry.value.isNothing ? nil : entry.value)
  }

  /// The activation functions of a config: bare names or names with parameters, axes written out.
  func activations(_ node: ConfigNode) -> [ActivationSpec]? {
    axis(node, ofNamed: true) { element in
      guard
        let (name, parameters) = self.named(
          element, among: ActivationCatalogue.names, what: "activation"),
        let definition = ActivationCatalogue.entry(named: name)
      else { return nil }
      guard let parameters else { return [definition.resolved()] }
      return self.combinations(of: definition.parameters, of: name, parameters)?.map {
        definition.resolved(with: $0.compactMapValues(Double.init))
      }
    }
  }

  /// The networks of a config: bare names or names with parameters, axes written out.
  func architectures(_ node: ConfigNode) -> [(spec: ArchitectureSpec, node: ConfigNode)]? {
    var nodes: [ArchitectureSpec: ConfigNode] = [:]
    let kinds = ArchitectureSpec.Kind.allCases.map(\.rawValue)
    let specs = axis(node, ofNamed: true) { element -> [ArchitectureSpec]? in
      guard let (name, parameters) = self.named(element, among: kinds, what: "architecture"),
        let kind = ArchitectureSpec.Kind(rawValue: name)
      else { return nil }
      let specs = parameters.map { self.architectures(kind, $0) } ?? [.paper(kind)]
      for spec in specs ?? [] { nodes[spec] = element }
      return specs
    }
    return specs?.compactMap { spec in nodes[spec].map { (spec, $0) } }
  }

  private func architectures(
    _ kind: ArchitectureSpec.Kind, _ node: ConfigNode
  ) -> [ArchitectureSpec]? {
    let fields = ArchitectureSpec.settings(of: kind)
    return combinations(of: fields.map(\.setting), of: kind.rawValue, node)?.map { values in
      var spec = ArchitectureSpec.paper(kind)
      for field in fields { values[field.setting.key].map { field.set(&spec, $0) } }
      return spec
    }
  }
}
