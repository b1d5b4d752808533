extension StudyConfig {
  /// The study as YAML that reads back as the same study: the run folder's `study.yaml`. Defaults are
  /// written out, but for those of settings that the first versions didn't have.
  package var yaml: String {
    var lines = ["name: \(CanonicalJSON.quoted(name))"]
    lines += block("datasets", datasets.map(yaml(of:)))
    lines += block("architectures", architectures.map(yaml(of:)))
    lines += block("activations", activations.map(\.yaml))
    if !exclusions.isEmpty { lines += block("exclude", exclusions.map(yaml(of:))) }
    lines.append("seeds: \(seedsYAML)")
    lines += ["training:"] + trainingYAML
    for field in Self.settings {
      guard let value = field.value(self), field.setting.isWritten(value) else { continue }
      lines.append("\(field.setting.key): \(value.yaml)")
    }
    if let search { lines += search.yaml }
    return lines.joined(separator: "\n") + "\n"
  }

  private var trainingYAML: [String] {
    TrainingSpec.inFileOrder.flatMap { field -> [String] in
      let key = field.setting.key
      let list = { (values: [SettingValue]) in flow(values.map(\.yaml)) }
      guard field.datasetDefault != nil else {
        let values = training.values(of: field, on: "")
        return values.allSatisfy(field.setting.isWritten) || values.count > 1
          ? ["  \(key): \(list(values))"] : []
      }
      return ["  \(key):"]
        + datasets.map {
          "    \(CanonicalJSON.quoted($0.name)): \(list(training.values(of: field, on: $0.name)))"
        }
    }
  }

  private var seedsYAML: String {
    guard !seedsByName.isEmpty else { return yaml(of: seeds) }
    let entries = seedsByName.sorted { $0.key < $1.key }.map { name, seeds in
      "\(CanonicalJSON.quoted(name)): \(yaml(of: seeds))"
    }
    return "{" + (entries + ["default: \(yaml(of: seeds))"]).joined(separator: ", ") + "}"
  }

  private func yaml(of seeds: [UInt64]) -> String {
    if let first = seeds.first, seeds.count > 8,
      zip(seeds, seeds.dropFirst()).allSatisfy({ $0 < .max && $0 + 1 == $1 })
    {
      return "{first: \(first), count: \(seeds.count)}"
    }
    return flow(seeds.map { String($0) })
  }

  private func block(_ key: String, _ items: [String]) -> [String] {
    ["\(key):"] + items.map { "  - \($0)" }
  }

  private func flow(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

  private func yaml(of dataset: DatasetSpec) -> String {
    guard let source = dataset.source else { return dataset.name }
    let values = source.format.keys.compactMap { key in
      switch source.values[key.key] {
      case .text(let text): "\(key.key): \(CanonicalJSON.quoted(text))"
      case .number(let number): "\(key.key): \(canonicalText(of: number))"
      case nil: nil
      }
    }
    return "{name: \(CanonicalJSON.quoted(dataset.name)), \(values.joined(separator: ", "))}"
  }

  private func yaml(of architecture: ArchitectureSpec) -> String {
    let parameters = ArchitectureSpec.settings(of: architecture.kind).compactMap { field in
      field.value(architecture).map { "\(field.setting.key): \($0.yaml)" }
    }
    return "\(architecture.kind.rawValue): {\(parameters.joined(separator: ", "))}"
  }

  private func yaml(of exclusion: Exclusion) -> String {
    let members = [
      exclusion.dataset.map { "dataset: \(CanonicalJSON.quoted($0))" },
      exclusion.architecture.map { "architecture: \($0.rawValue)" },
      exclusion.activation.map { name in
        // A config's own name may be a word that means something to YAML.
        let isBuiltIn = ActivationCatalogue.entry(named: name) != nil
        return "activation: \(isBuiltIn ? name : CanonicalJSON.quoted(name))"
      },
    ]
    return "{\(members.compactMap(\.self).joined(separator: ", "))}"
  }
}

extension ActivationSpec {
  /// The function in a study's YAML, in a line.
  var yaml: String {
    guard layers.isEmpty else {
      return "{name: \(CanonicalJSON.quoted(name)), layers: \(layersYAML)}"
    }
    let formula = formula.map { "formula: \(CanonicalJSON.quoted($0))" }
    let usual = self.formula == nil ? definition?.learned ?? [:] : [:]
    let parameters = parameters.sorted { $0.key < $1.key }.map { key, value in
      let number = canonicalText(of: value)
      guard let scope = learned[key] else {
        return usual[key] == nil ? "\(key): \(number)" : "\(key): {fixed: \(number)}"
      }
      let ends = (bounds[key]?.ends ?? []).map { ", \($0.key): \(canonicalText(of: $0.value))" }
      return "\(key): {learned: \(scope.rawValue), initial: \(number)\(ends.joined())}"
    }
    let members = [formula].compactMap(\.self) + parameters
    // Words that YAML takes for truth values or nothing.
    let isWord = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(
      name.lowercased())
    let key = isWord ? CanonicalJSON.quoted(name) : name
    return members.isEmpty ? key : "\(key): {\(members.joined(separator: ", "))}"
  }

  /// The layers' functions: `[relu, {srelu: {alpha: 1, beta: 0.1}}]`.
  var layersYAML: String {
    let list = layers.map { $0.parameters.isEmpty && $0.formula == nil ? $0.yaml : "{\($0.yaml)}" }
    return "[\(list.joined(separator: ", "))]"
  }
}

extension SearchSpec {
  /// The search in a study's YAML.
  var yaml: [String] {
    let common = Self.fields.map { ($0.setting.key, $0.value(self)) }
    let own = strategy.settings.map { ($0.key, self.own[$0.key] ?? $0.defaultValue) }
    return ["search:"]
      + (common + own).compactMap { key, value in value.map { "  \(key): \($0.yaml)" } }
      + ["  parameters:"]
      + parameters.map { "    \(CanonicalJSON.quoted($0.key)): \($0.distribution.yaml)" }
  }
}

extension SearchDistribution {
  fileprivate var yaml: String {
    func list(_ name: String, _ values: [String]) -> String {
      "{\(name): [\(values.joined(separator: ", "))]}"
    }
    let values = extremes.map(canonicalText(of:))
    return switch self {
    case .uniform: list("uniform", values)
    case .logUniform: list("log-uniform", values)
    case .integer(let ends): list("integer", [String(ends.lowerBound), String(ends.upperBound)])
    case .choice: list("choice", values)
    }
  }
}
