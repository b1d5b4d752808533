import Models

extension ConfigReader {
  /// The seeds of a config: the same for all trials, or a mapping by the name of a data set or a
  /// network with a `default`.
  func seeds(
    _ node: ConfigNode, datasets: [DatasetSpec]?
  ) -> (common: [UInt64], byName: [String: [UInt64]])? {
    guard case .mapping(let entries) = node.content,
      !entries.contains(where: { ["first", "count"].contains($0.key) })
    else { return seeds(node).map { ($0, [:]) } }
    let kinds = ArchitectureSpec.Kind.allCases.map(\.rawValue)
    let keys = names(of: datasets ?? []) + kinds + ["default"]
    guard let values = mapping(node, keys: keys, expected: "seeds, or seeds by data set or network")
    else { return nil }
    var byName: [String: [UInt64]] = [:]
    for (name, value) in values {
      guard let read = seeds(value) else { return nil }
      byName[name] = read
    }
    let common = byName.removeValue(forKey: "default")
    // A name that is misspelt has been told; the one that it leaves without seeds needn't be.
    let isWhole = values.count == entries.count && !kinds.allSatisfy { byName[$0] != nil }
    for dataset in datasets ?? [] where isWhole && common == nil && byName[dataset.name] == nil {
      report(
        node.location, "seeds.\(dataset.name)",
        "expected seeds for the data set \(dataset.name) or a default, found neither")
    }
    return (common ?? [0], byName)
  }

  /// The names of the known data sets and of the config's own.
  private func names(of datasets: [DatasetSpec]) -> [String] {
    KnownDataset.names + datasets.map(\.name).filter { !KnownDataset.names.contains($0) }
  }

  /// One seed, a list, or `{first: 0, count: 20}`.
  private func seeds(_ node: ConfigNode) -> [UInt64]? {
    guard case .mapping = node.content else {
      return axis(node) { self.integer($0, in: 0...UInt64.max).map { [$0] } }
    }
    guard
      let values = mapping(
        node, keys: ["first", "count"], expected: "a list of seeds or {first: 0, count: 20}")
    else { return nil }
    var first: UInt64? = 0
    if let node = values["first"] { first = integer(node, in: 0...UInt64.max) }
    let count = required("count", of: node, values).flatMap {
      integer($0, in: 1...UInt64(Self.axisLimit))
    }
    guard let first, let count else { return nil }
    guard first <= UInt64.max - (count - 1) else {
      return reject(node, "\(count) seeds from \(first) on go beyond the largest, \(UInt64.max)")
    }
    return (0..<count).map { first + $0 }
  }

  /// The training settings of a config.
  /// - Parameters:
  ///   - node: nil when the config has none: the paper's then.
  ///   - datasets: nil when they couldn't be read; the settings are checked all the same.
  func training(
    _ node: ConfigNode?, root: ConfigNode, datasets: [DatasetSpec]?
  ) -> StudyConfig.TrainingAxes? {
    var values: [String: ConfigNode] = [:]
    if let node {
      let keys = TrainingSpec.settings.map(\.setting.key)
      guard let mapping = mapping(node, keys: keys, expected: "training settings") else {
        return nil
      }
      values = mapping
    }
    var axes = StudyConfig.TrainingAxes()
    for field in TrainingSpec.settings {
      let key = field.setting.key
      if let datasetDefault = field.datasetDefault {
        let values = byDataset(
          field.setting, values[key], near: node ?? root, datasets ?? [], datasetDefault)
        axes.set(field, to: .byDataset(values))
      } else if let node = values[key] {
        axes.set(field, to: .common(axis(node, of: field.setting) ?? []))
      }
    }
    return axes
  }

  /// The values of a setting for each data set: one for all, or a mapping by name with a `default`; the
  /// data set's own default where neither names it.
  private func byDataset(
    _ setting: Setting, _ node: ConfigNode?, near parent: ConfigNode, _ datasets: [DatasetSpec],
    _ datasetDefault: (DatasetSpec) -> SettingValue?
  ) -> [String: [SettingValue]] {
    var fallback: [SettingValue]?
    var byName: [String: [SettingValue]] = [:]
    if let node, case .mapping = node.content {
      let keys = names(of: datasets) + ["default"]
      let values = mapping(node, keys: keys, expected: "\(setting.key) by data set") ?? [:]
      for (name, value) in values { byName[name] = axis(value, of: setting) ?? [] }
      fallback = byName.removeValue(forKey: "default")
    } else if let node {
      fallback = axis(node, of: setting) ?? []
    }
    var result: [String: [SettingValue]] = [:]
    for dataset in datasets {
      if let known = byName[dataset.name] ?? fallback ?? datasetDefault(dataset).map({ [$0] }) {
        result[dataset.name] = known
      } else {
        report(
          (node ?? parent).location, "training.\(setting.key).\(dataset.name)",
          "expected a number of \(setting.key) for the data set \(dataset.name), found none")
      }
    }
    return result
  }

  /// Combinations to leave out. A list inside one means any of its values.
  func exclusions(
    _ node: ConfigNode, datasets: [DatasetSpec]?, activations: [ActivationSpec]?
  ) -> [StudyConfig.Exclusion]? {
    guard case .sequence(let nodes) = node.content else {
      return reject(
        node, expected: "a list such as [{dataset: wdbc, architecture: cnn}]")
    }
    var result: [StudyConfig.Exclusion] = []
    var seen: Set<StudyConfig.Exclusion> = []
    for node in nodes where !isFull {
      for exclusion in exclusion(node, datasets: datasets, activations: activations) ?? [] {
        // Where a list has errors of its own, names in it aren't known.
        if !seen.insert(exclusion).inserted, datasets != nil, activations != nil {
          report(node, "excludes what an earlier entry already excludes; keep one of them")
        }
        result.append(exclusion)
      }
    }
    return result
  }

  private func exclusion(
    _ node: ConfigNode, datasets: [DatasetSpec]?, activations: [ActivationSpec]?
  ) -> [StudyConfig.Exclusion]? {
    let expected = "a mapping with some of dataset, architecture, activation"
    guard
      let values = mapping(
        node, keys: ["dataset", "architecture", "activation"], expected: expected)
    else { return nil }
    guard !values.isEmpty else {
      if case .mapping(let entries) = node.content, !entries.isEmpty { return nil }
      return reject(node, expected: expected)
    }
    func names(_ key: String, among known: [String]?) -> [String?] {
      guard let known, let node = values[key] else { return [nil] }
      return axis(node) { self.name($0, among: known, what: key).map { [$0] } } ?? []
    }
    let kinds = ArchitectureSpec.Kind.allCases.map(\.rawValue)
    let own = activations?.filter(\.isOwn).map(\.name).unique(by: \.self)
    var result: [StudyConfig.Exclusion] = []
    for dataset in names("dataset", among: datasets.map { self.names(of: $0) }) {
      for kind in names("architecture", among: kinds) {
        for activation in names("activation", among: own.map { ActivationCatalogue.names + $0 }) {
          result.append(
            StudyConfig.Exclusion(
              dataset: dataset, architecture: kind.flatMap(ArchitectureSpec.Kind.init),
              activation: activation))
        }
      }
    }
    return result
  }
}
