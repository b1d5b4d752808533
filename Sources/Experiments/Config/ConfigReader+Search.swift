extension ConfigReader {
  /// The most values that are read for all configurations of a search together.
  private static let readLimit = 10_000_000

  /// The search of a config; without parameters if nothing is drawn.
  func search(_ node: ConfigNode) -> SearchSpec? {
    let own = SearchStrategies.all.flatMap { $0.settings }.map(\.key).unique(by: \.self)
    let keys = SearchSpec.fields.map(\.setting.key) + own + ["parameters"]
    guard let values = mapping(node, keys: keys, expected: "a search"),
      let method = required("method", of: node, values),
      let name = name(method, among: SearchStrategies.all.map { $0.name }, what: "method")
    else { return nil }
    var search = SearchSpec(method: name, trials: 0, parameters: [])
    let strategy = search.strategy
    if strategy.parameterLimit == 0 { return search }
    for key in own where !strategy.settings.contains(where: { $0.key == key }) {
      guard let value = values[key] else { continue }
      let methods = SearchStrategies.all.filter { $0.settings.contains { $0.key == key } }
        .map { $0.name }
      report(
        value,
        "only for the method\(methods.count > 1 ? "s" : "") \(methods.joined(separator: ", ")); "
          + "leave it out")
    }
    let trials = required("trials", of: node, values)
    let parameters = required("parameters", of: node, values).flatMap { self.parameters($0) }
    var isRight = set(SearchSpec.fields, from: values, in: &search)
    for setting in strategy.settings {
      guard let node = values[setting.key] else { continue }
      let value = value(node, of: setting)
      search.own[setting.key] = value == setting.defaultValue ? nil : value
      isRight = isRight && value != nil
    }
    guard isRight, trials != nil, let parameters else { return nil }
    if parameters.count > strategy.parameterLimit {
      return reject(node, "\(name) takes at most \(strategy.parameterLimit) parameters; use random")
    }
    search.parameters = parameters
    return search
  }

  private func parameters(_ node: ConfigNode) -> [SearchSpec.Parameter]? {
    let expected = "keys with distributions, as in activations.srelu.beta: {log-uniform: [0.01, 1]}"
    guard case .mapping(let entries) = node.content, !entries.isEmpty else {
      return reject(node, expected: expected)
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
      return reject(
        node,
        expected: "{uniform: [a, b]}, {log-uniform: [a, b]}, {integer: [a, b]} or "
          + "{choice: [a, b, …]}")
    }
    if entry.key == "choice" {
      return axis(entry.value) {
        self.number($0, expected: "a number") { $0.isFinite }.map { [$0] }
      }.map { .choice($0) }
    }
    guard case .sequence(let ends) = entry.value.content, ends.count == 2 else {
      return reject(entry.value, expected: "a range [a, b]")
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

  /// Adds a search with its configurations to a study.
  ///
  /// - Parameters:
  ///   - node: the search, the location of reported problems.
  ///   - root: the config.
  /// - Returns: whether all configurations are valid; if not, the problem was reported.
  func add(
    _ search: SearchSpec, at node: ConfigNode, of root: ConfigNode, base: String,
    to study: inout StudyConfig
  ) -> Bool {
    // Later proposals start from the study as its folder has it.
    let written =
      search.strategy.learns ? try? ConfigNode(yaml: study.yaml, .init(source: "")) : nil
    let plain = written ?? root.without("search")
    let ends = search.parameters.reduce(0) { $0 + $1.distribution.extremes.count }
    let reads = (plain.valueCount + search.parameters.count) * (search.trials + ends)
    guard reads <= Self.readLimit else {
      report(
        node.location, node.path(of: "trials"),
        "so many configurations of so many values would take too long to check; use fewer")
      return false
    }
    let name = study.name
    func read(_ values: [Double], _ key: String? = nil) -> StudyConfig? {
      let path = node.path(of: "parameters")
      do {
        return try plain.study(search, values, name: name, base: base)
      } catch {
        let key = error.key ?? key
        return reject(node.location, key.map { "\(path).\($0)" } ?? path, error.message)
      }
    }
    let first = search.parameters.map { $0.distribution.extremes[0] }
    var single: [StudyConfig] = []
    for (index, parameter) in search.parameters.enumerated() {
      for value in parameter.distribution.extremes {
        var values = first
        values[index] = value
        guard let study = read(values, parameter.key) else { return false }
        single.append(study)
      }
    }
    let count: Int
    if search.strategy.learns {
      let points = [
        search.parameters.compactMap { $0.distribution.extremes.min() },
        search.parameters.compactMap { $0.distribution.extremes.max() },
        search.parameters.map { $0.distribution.value(at: 0.5) },
      ]
      for values in points {
        guard let end = read(values) else { return false }
        study.ends.append(end)
      }
      study.ends += single
      count = search.trials * (study.ends.compactMap(\.trialCount).max() ?? 0)
    } else {
      var strategy = search.strategy.init(search)
      var trials = 0
      for index in 0..<search.trials {
        guard let values = strategy.next(index), let configuration = read(values) else {
          return false
        }
        trials += configuration.trialCount ?? StudyConfig.trialLimit
        if trials > StudyConfig.trialLimit { break }
        study.configurations.append(SearchConfiguration(values: values, study: configuration))
      }
      count = trials
    }
    guard count <= StudyConfig.trialLimit else {
      report(node, "the search multiplies to more than \(StudyConfig.trialLimit) trials")
      return false
    }
    study.search = search
    return true
  }
}

extension StudyConfig {
  /// Adds proposed configurations.
  mutating func add(_ proposals: [[Double]]) {
    guard let search, !proposals.isEmpty else { return }
    var plain = self
    plain.search = nil
    let root = try? ConfigNode(yaml: plain.yaml, .init(source: "study.yaml"))
    for values in proposals {
      let arePossible = zip(search.parameters, values).allSatisfy { $0.distribution.holds($1) }
      let study =
        arePossible ? try? root?.study(search, values, name: name, base: "/") : nil
      configurations.append(SearchConfiguration(values: values, study: study))
    }
  }
}

/// The reason why values of a search aren't valid.
private struct WrongConfiguration: Error {
  /// The searched key that can't be set; nil if the study isn't valid.
  var key: String?
  var message: String
}

extension ConfigNode {
  /// The study of a config without its search, with values for the searched keys.
  fileprivate func study(
    _ search: SearchSpec, _ values: [Double], name: String, base: String
  ) throws(WrongConfiguration) -> StudyConfig {
    var root = self
    for (parameter, value) in zip(search.parameters, values) {
      let keys = parameter.key.split(separator: ".", omittingEmptySubsequences: false)
      if let obstacle = root.place(canonicalText(of: value), at: keys.map(String.init)[...]) {
        throw WrongConfiguration(key: parameter.key, message: obstacle)
      }
    }
    let reader = ConfigReader()
    let study = reader.study(root, stem: name, base: base)
    guard let study, reader.problems.isEmpty else {
      throw WrongConfiguration(
        message: reader.problems.first.map { "\($0.key): \($0.message)" } ?? "no study")
    }
    return study
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
      // A training setting given by data set: the value is for all of them.
      if path.hasPrefix("training."), case .mapping(var entries) = content, !entries.isEmpty,
        entries.allSatisfy({ $0.value.elements.count == 1 && $0.value.elements[0].isScalar })
      {
        for index in entries.indices {
          entries[index].value.content = .scalar(number, quoted: false)
        }
        content = .mapping(entries)
        return nil
      }
      // A list of one value is that value.
      if elements.count != 1 || !elements[0].isScalar {
        return "\(path) is \(summary), not one number"
      }
      content = .scalar(number, quoted: false)
      return nil
    }
    var entries: [Entry] = []
    switch content {
    case .sequence(var nodes):
      guard let index = nodes.firstIndex(where: { $0.isNamed(key) }) else {
        return "\(path) has no \(key)"
      }
      defer { content = .sequence(nodes) }
      // {name: mixed, layers: …} has its name inside.
      let isInside = nodes[index].entry("layers") != nil
      return nodes[index].place(number, at: isInside ? keys.dropFirst() : keys)
    case .scalar where isNamed(key):
      let empty = ConfigNode(content: .mapping([]), location: location, path: path(of: key))
      entries = [Entry(key: key, location: location, value: empty)]
    case .scalar where !isNothing: return "\(path) is \(summary) and has no \(key)"
    case .scalar: break
    case .mapping(let known): entries = known
    }
    let index = entries.index(of: key, at: location, path: path(of: key))
    if keys.count > 1, entries[index].value.isNothing {
      entries[index].value.content = .mapping([])
    }
    defer { content = .mapping(entries) }
    return entries[index].value.place(number, at: keys.dropFirst())
  }

  /// Whether this is a thing of that name, with parameters or without.
  private func isNamed(_ name: String) -> Bool {
    switch content {
    case .scalar(let text, _): text == name
    case .mapping(let entries):
      entries.count == 1 && entries[0].key == name
        || entry("layers") != nil && entry("name")?.isText(name) == true
    case .sequence: false
    }
  }
}
