extension ConfigReader {
  private static let keys =
    [
      "name", "datasets", "architectures", "exclude", "activations", "activation-files", "seeds",
      "training",
    ]
    + StudyConfig.settings.map(\.setting.key) + ["search"]
  private static let moved = Dictionary(
    uniqueKeysWithValues: TrainingSpec.settings.map(\.setting.key).map { ($0, "training.\($0)") })

  /// The whole config.
  /// - Parameters:
  ///   - root: a mapping.
  ///   - stem: the study's name where the config gives none.
  ///   - base: the folder that relative paths start from.
  func study(_ root: ConfigNode, stem: String, base: String) -> StudyConfig? {
    let root = root.withoutPrivateKeys
    guard
      let values = mapping(
        root, keys: Self.keys, expected: "a study", moved: Self.moved,
        aside: ", or a key that starts with x-, which is left alone and may hold anchors")
    else { return nil }
    let name = studyName(values["name"], root: root, stem: stem)
    let datasets = required("datasets", of: root, values).flatMap { self.datasets($0, base: base) }
    let architectures = required("architectures", of: root, values).flatMap {
      self.architectures($0)
    }
    let activations = required("activations", of: root, values).flatMap { self.activations($0) }
    let exclusions =
      values["exclude"].map {
        self.exclusions($0, datasets: datasets, activations: activations?.map(\.spec))
      } ?? []
    let seeds = values["seeds"].map { self.seeds($0, datasets: datasets) } ?? ([0], [:])
    let training = training(values["training"], root: root, datasets: datasets)
    var config = StudyConfig(
      name: name ?? "", datasets: datasets ?? [], architectures: architectures?.map(\.spec) ?? [],
      activations: activations?.map(\.spec) ?? [], exclusions: exclusions ?? [],
      seeds: seeds?.common ?? [],
      training: training ?? StudyConfig.TrainingAxes())
    config.seedsByName = seeds?.byName ?? [:]
    let areSettingsRight = set(StudyConfig.settings, from: values, in: &config)
    guard name != nil, datasets != nil, let architectures, let activations, exclusions != nil,
      seeds != nil, training != nil, areSettingsRight
    else { return nil }
    if let node = values["search"] {
      guard let search = search(node) else { return nil }
      let draws = !search.parameters.isEmpty
      if draws, !add(search, at: node, of: root, base: base, to: &config) { return nil }
    }
    check(
      config, architectures: architectures, activations: activations, root: root,
      exclude: values["exclude"])
    return config
  }

  private func studyName(_ node: ConfigNode?, root: ConfigNode, stem: String) -> String? {
    let rule = "letters, digits, \"-\", \"_\" and \".\" that start with a letter or digit"
    guard let node else {
      guard isSafeName(stem) else {
        return reject(
          ConfigLocation(source: root.location.source), "name",
          "expected this key, because the file's name can't name a folder: use \(rule)")
      }
      return stem
    }
    guard let name = text(node, expected: "a name") else { return nil }
    guard isSafeName(name) else { return reject(node, expected: "a name for a folder: \(rule)") }
    return name
  }

  /// What can be wrong only with all of it together: combinations that can't be, no trial left, too
  /// many trials.
  private func check(
    _ config: StudyConfig, architectures: [(spec: ArchitectureSpec, node: ConfigNode)],
    activations: [(spec: ActivationSpec, node: ConfigNode)], root: ConfigNode, exclude: ConfigNode?
  ) {
    let sizes = [config.datasets.count, config.architectures.count, config.activations.count]
    let tooMany = "the lists multiply to more than \(StudyConfig.trialLimit) trials"
    guard sizes.reduce(1.0, { $0 * Double($1) }) <= Double(StudyConfig.trialLimit) else {
      report(root, tooMany)
      return
    }
    let combinations = config.combinations
    var met: [ArchitectureSpec: Set<DatasetSpec>] = [:]
    for combination in combinations {
      met[combination.architecture, default: []].insert(combination.dataset)
    }
    for (spec, node) in architectures {
      for dataset in config.datasets where met[spec]?.contains(dataset) == true {
        guard let obstacle = obstacle(spec, dataset) else { continue }
        let remedy = spec.padding == .valid && dataset.known != nil
        report(
          node,
          "\(spec.label) can't take \(dataset.name): \(obstacle). Leave the pair out with "
            + "exclude: [{dataset: \(dataset.name), architecture: \(spec.kind.rawValue)}]"
            + (remedy ? ", or try padding: same" : ""))
      }
    }
    checkLayers(combinations, activations)
    if combinations.isEmpty {
      report(exclude ?? root, "no trials are left; remove an entry")
    } else if (config.trialCount ?? .max) > StudyConfig.trialLimit {
      report(root, tooMany)
    }
  }

  /// A function for each layer needs a network of so many.
  private func checkLayers(
    _ combinations: [StudyConfig.Combination],
    _ activations: [(spec: ActivationSpec, node: ConfigNode)]
  ) {
    let layered = activations.filter { !$0.spec.layers.isEmpty }
    guard !layered.isEmpty else { return }
    let met = combinations.reduce(into: [:]) {
      $0[$1.activation, default: []].append($1.architecture)
    }
    for (spec, node) in layered {
      for architecture in (met[spec] ?? []).unique(by: \.self)
      where spec.functions(ofLayers: architecture.activationLayers) == nil {
        let (own, needed) = (spec.layers.count, architecture.activationLayers)
        report(
          node,
          "\(spec.name) has \(own) function\(own == 1 ? "" : "s"), and \(architecture.label) has "
            + "\(needed) activation layer\(needed == 1 ? "" : "s"): give one for each, or leave the pair "
            + "out with exclude: [{architecture: \(architecture.kind.rawValue), activation: "
            + "\(spec.name)}]")
      }
    }
  }

  private func obstacle(_ spec: ArchitectureSpec, _ dataset: DatasetSpec) -> String? {
    if let known = dataset.known { return spec.obstacle(for: known.shape.input) }
    return dataset.holdsImages == false && spec.kind == .cnn
      ? "the rows of a table have no height and width" : nil
  }
}
