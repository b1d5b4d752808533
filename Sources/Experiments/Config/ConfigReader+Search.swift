extension ConfigReader {
  /// The most values that are read for all configurations of a search together.
  private static let readLimit = 10_000_000

  /// The search of a config.
  func search(_ node: ConfigNode) -> SearchSpec? {
    let fields = SearchSpec.settings
    let keys = fields.map(\.setting.key) + ["parameters"]
    guard let values = mapping(node, keys: keys, expected: "a search"),
      let method = required("method", of: node, values)
    else { return nil }
    var search = SearchSpec(method: .grid, trials: 0, parameters: [])
    guard set(fields.filter { $0.setting.key == "method" }, from: ["method": method], in: &search)
    else { return nil }
    if search.method == .grid { return search }
    if search.method != .asha {
      for field in SearchSpec.ashaSettings {
        guard let value = values[field.setting.key] else { continue }
        report(value, "only for the method asha; leave it out")
      }
    }
    let trials = required("trials", of: node, values)
    let parameters = required("parameters", of: node, values).flatMap { self.parameters($0) }
    guard set(fields, from: values, in: &search), trials != nil, let parameters else { return nil }
    if search.method == .sobol, parameters.count > Sobol.dimensionLimit {
      report(node, "sobol takes at most \(Sobol.dimensionLimit) parameters; use random")
      return nil
    }
    search.parameters = parameters
    return search
  }

  private func parameters(_ node: ConfigNode) -> [SearchSpec.Parameter]? {
    let expected = "keys with distributions, as in activations.srelu.beta: {log-uniform: [0.01, 1]}"
    guard case .mapping(let entries) = node.content, !entries.isEmpty else {
      reportMismatch(node, expected: expected)
      return nil
    }
    let parameters = entries.map { entry in
      distribution(entry.value).map { SearchSpec.Parameter(key: entry.key, distribution: $0) }
    }
    let known = parameters.compactMap(\.self)
    return known.count == parameters.count ? known : nil
  }

  private func distribution(_ node: ConfigNode) -> SearchDistribution? {
    let names = ["uniform", "log-uniform", "integer", "choice"]
    guard case .mapping(let entries) = node.content, entries.count == 1, let entry = entries.first,
      names.contains(entry.key)
    else {
      reportMismatch(
        node,
        expected: "{uniform: [a, b]}, {log-uniform: [a, b]}, {integer: [a, b]} or "
          + "{choice: [a, b, …]}")
      return nil
    }
    if entry.key == "choice" {
      return axis(entry.value) {
        self.number($0, expected: "a number") { $0.isFinite }.map { [$0] }
      }.map { .choice($0) }
    }
    guard case .sequence(let ends) = entry.value.content, ends.count == 2 else {
      reportMismatch(entry.value, expected: "a range [a, b]")
      return nil
    }
    if entry.key == "integer" {
      guard let low = integer(ends[0], in: -1_000_000_000...1_000_000_000),
        let high = integer(ends[1], in: low...1_000_000_000)
      else { return nil }
      return .integer(low...high)
    }
    let isLogarithmic = entry.key == "log-uniform"
    let low = number(ends[0], expected: isLogarithmic ? "a number above 0" : "a number") {
      $0.isFinite && (!isLogarithmic || $0 > 0)
    }
    guard let low else { return nil }
    let high = number(ends[1], expected: "a number above \(canonicalText(of: low))") {
      $0.isFinite && $0 > low
    }
    return high.map { isLogarithmic ? .logUniform(low...$0) : .uniform(low...$0) }
  }

  /// The studies that a search's configurations give, or nil after saying what is wrong with them.
  ///
  /// - Parameters:
  ///   - node: the search, where problems are said to be.
  ///   - read: reads a config without its search.
  func variants(
    _ spec: SearchSpec, of root: ConfigNode, at node: ConfigNode,
    _ read: (ConfigReader, ConfigNode) -> StudyConfig?
  ) -> [StudyConfig]? {
    let plain = root.without("search")
    let ends = spec.parameters.reduce(0) { $0 + $1.distribution.extremes.count }
    let reads = (plain.valueCount + spec.parameters.count) * (spec.trials + ends)
    guard reads <= Self.readLimit else {
      report(
        node.location, node.path(of: "trials"),
        "so many configurations of a config of so many values take too long; use fewer")
      return nil
    }
    let first = spec.parameters.map { $0.distribution.extremes[0] }
    for (index, parameter) in spec.parameters.enumerated() {
      for value in parameter.distribution.extremes {
        var values = first
        values[index] = value
        guard variant(spec, values, of: plain, at: node, parameter.key, read) != nil else {
          return nil
        }
      }
    }
    var variants: [StudyConfig] = []
    var trials = 0
    for index in 0..<spec.trials {
      guard let study = variant(spec, spec.sample(index), of: plain, at: node, nil, read) else {
        return nil
      }
      trials += study.trialCount ?? StudyConfig.trialLimit
      guard trials <= StudyConfig.trialLimit else {
        report(node, "the search multiplies to more than \(StudyConfig.trialLimit) trials")
        return nil
      }
      variants.append(study)
    }
    return variants
  }

  private func variant(
    _ spec: SearchSpec, _ values: [Double], of plain: ConfigNode, at node: ConfigNode,
    _ key: String?, _ read: (ConfigReader, ConfigNode) -> StudyConfig?
  ) -> StudyConfig? {
    var root = plain
    let path = node.path(of: "parameters")
    for (parameter, value) in zip(spec.parameters, values) {
      let keys = parameter.key.split(separator: ".", omittingEmptySubsequences: false)
      if let obstacle = root.place(canonicalText(of: value), at: keys.map(String.init)[...]) {
        report(node.location, "\(path).\(parameter.key)", obstacle)
        return nil
      }
    }
    let reader = ConfigReader()
    let study = read(reader, root)
    guard let study, reader.problems.isEmpty else {
      let problem = reader.problems.first.map { "\($0.key): \($0.message)" } ?? "no study"
      report(node.location, key.map { "\(path).\($0)" } ?? path, problem)
      return nil
    }
    return study
  }
}

extension ConfigNode {
  /// Scalars, lists and mappings in here.
  fileprivate var valueCount: Int {
    switch content {
    case .scalar: 1
    case .sequence(let nodes): nodes.reduce(1) { $0 + $1.valueCount }
    case .mapping(let entries): entries.reduce(1) { $0 + $1.value.valueCount }
    }
  }

  /// This mapping without one of its keys.
  fileprivate func without(_ key: String) -> ConfigNode {
    guard case .mapping(let entries) = content else { return self }
    var result = self
    result.content = .mapping(entries.filter { $0.key != key })
    return result
  }

  /// Puts a number where `keys` lead: through mappings by their keys, through lists of named things by
  /// their names.
  /// - Returns: what is in the way, or nil.
  fileprivate mutating func place(_ number: String, at keys: ArraySlice<String>) -> String? {
    guard let key = keys.first else {
      // A list of one value is that value.
      if elements.count != 1 || !elements[0].isScalar {
        return "\(path) is \(summary), not one number"
      }
      content = .scalar(number, quoted: false)
      return nil
    }
    switch content {
    case .sequence(var nodes):
      for index in nodes.indices where nodes[index].isNamed(key) {
        let obstacle = nodes[index].place(number, inside: key, keys.dropFirst())
        content = .sequence(nodes)
        return obstacle
      }
      return "\(path) has no \(key)"
    case .scalar where isNamed(key): return place(number, inside: key, keys.dropFirst())
    case .scalar where !isNothing: return "\(path) is \(summary) and has no \(key)"
    default: return placeInMapping(number, key, keys.dropFirst())
    }
  }

  /// As above below a named thing: `srelu`, or `srelu: {…}`.
  private mutating func place(
    _ number: String, inside name: String, _ rest: ArraySlice<String>
  ) -> String? {
    if case .scalar = content {
      let empty = ConfigNode(content: .mapping([]), location: location, path: path(of: name))
      content = .mapping([Entry(key: name, location: location, value: empty)])
    }
    return placeInMapping(number, name, rest)
  }

  private mutating func placeInMapping(
    _ number: String, _ key: String, _ rest: ArraySlice<String>
  ) -> String? {
    var entries: [Entry] = []
    if case .mapping(let known) = content { entries = known }
    let index: Int
    if let known = entries.firstIndex(where: { $0.key == key }) {
      index = known
    } else {
      let nothing = ConfigNode(
        content: rest.isEmpty ? .scalar("", quoted: false) : .mapping([]), location: location,
        path: path(of: key))
      entries.append(Entry(key: key, location: location, value: nothing))
      index = entries.count - 1
    }
    if entries[index].value.isNothing, !rest.isEmpty { entries[index].value.content = .mapping([]) }
    let obstacle = entries[index].value.place(number, at: rest)
    content = .mapping(entries)
    return obstacle
  }

  private var isScalar: Bool {
    if case .scalar = content { return true }
    return false
  }

  /// Whether this is a thing of that name, with parameters or without.
  private func isNamed(_ name: String) -> Bool {
    switch content {
    case .scalar(let text, _): text == name
    case .mapping(let entries): entries.count == 1 && entries[0].key == name
    case .sequence: false
    }
  }
}
