extension ConfigReader {
  private static let keys = [
    "name", "datasets", "architectures", "exclude", "activations", "seeds", "training",
    "ranks-per-trial", "threads-per-rank", "gradient-exchange", "checkpoint-seconds",
    "verify-steps", "when-data-missing", "search",
  ]
  private static let moved = Dictionary(
    uniqueKeysWithValues: ["optimizer", "learning-rate", "batch-size", "epochs", "precision"].map {
      ($0, "training.\($0)")
    })

  /// The whole config.
  /// - Parameters:
  ///   - root: a mapping.
  ///   - stem: the study's name where the config gives none.
  ///   - base: the folder that relative paths start from.
  func study(_ root: ConfigNode, stem: String, base: String) -> StudyConfig? {
    var root = root
    if case .mapping(let entries) = root.content {
      root.content = .mapping(entries.filter { !$0.key.hasPrefix("x-") })
    }
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
    let exclusions = values["exclude"].map { self.exclusions($0, datasets: datasets) } ?? []
    let seeds = values["seeds"].map { self.seeds($0, datasets: datasets) } ?? ([0], [:])
    let training = training(values["training"], root: root, datasets: datasets)
    let isAuto = values["ranks-per-trial"]?.isText("auto") == true
    let ranks =
      isAuto ? 1 : values["ranks-per-trial"].map { integer($0, in: 1...1_000_000) } ?? 1
    let threads = values["threads-per-rank"].map { integer($0, in: 1...1024) } ?? 1
    let exchange = values["gradient-exchange"].map { self.exchange($0) } ?? .sharded
    let checkpoints =
      values["checkpoint-seconds"].map { node in
        number(node, expected: "a number of seconds from 0.001 to 86400") { (0.001...86_400) ~= $0 }
      } ?? 60
    let verify = values["verify-steps"].flatMap { integer($0, in: 1...1_000_000_000) }
    let policy = values["when-data-missing"].map { self.policy($0) } ?? .refuse
    guard let name, let datasets, let architectures, let activations, let exclusions, let seeds,
      let training, let ranks, let threads, let exchange, let checkpoints, let policy
    else { return nil }
    var config = StudyConfig(
      name: name, datasets: datasets, architectures: architectures.map(\.spec),
      activations: activations, exclusions: exclusions, seeds: seeds.common, training: training,
      ranksPerTrial: ranks, threadsPerRank: threads, gradientExchange: exchange,
      checkpointSeconds: checkpoints, verifySteps: verify,
      whenDataMissing: policy)
    config.seedsByName = seeds.byName
    config.widensGroups = isAuto
    if let node = values["search"], !add(node, of: root, to: &config, base: base) { return nil }
    check(config, architectures: architectures, root: root, exclude: values["exclude"])
    return config
  }

  /// Adds a search and what its configurations make of the study.
  /// - Returns: whether it is right.
  private func add(
    _ node: ConfigNode, of root: ConfigNode, to config: inout StudyConfig, base: String
  ) -> Bool {
    guard let search = search(node) else { return false }
    if search.method == .grid { return true }
    let name = config.name
    guard
      let variants = variants(search, of: root, at: node, { $0.study($1, stem: name, base: base) })
    else { return false }
    config.search = search
    config.variants = variants
    return true
  }

  private func studyName(_ node: ConfigNode?, root: ConfigNode, stem: String) -> String? {
    let rule = "letters, digits, \"-\", \"_\" and \".\" that start with a letter or digit"
    guard let node else {
      guard isSafeName(stem) else {
        report(
          ConfigLocation(source: root.location.source), "name",
          "expected this key, because the file's name can't name a folder: use \(rule)")
        return nil
      }
      return stem
    }
    guard let name = text(node, expected: "a name") else { return nil }
    guard isSafeName(name) else {
      reportMismatch(node, expected: "a name for a folder: \(rule)")
      return nil
    }
    return name
  }

  private func policy(_ node: ConfigNode) -> StudyConfig.MissingDataPolicy? {
    let names = StudyConfig.MissingDataPolicy.allCases.map(\.rawValue)
    return name(node, among: names, what: "choice").flatMap(StudyConfig.MissingDataPolicy.init)
  }

  private func exchange(_ node: ConfigNode) -> GradientExchange? {
    let names = GradientExchange.allCases.map(\.rawValue)
    return name(node, among: names, what: "choice").flatMap(GradientExchange.init)
  }

  /// What can be wrong only with all of it together: combinations that can't be, no trial left, too
  /// many trials.
  private func check(
    _ config: StudyConfig, architectures: [(spec: ArchitectureSpec, node: ConfigNode)],
    root: ConfigNode, exclude: ConfigNode?
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
        let remedy = spec.padding == .valid && dataset.catalogueEntry != nil
        report(
          node,
          "\(spec.label) can't take \(dataset.name): \(obstacle). Leave the pair out with "
            + "exclude: [{dataset: \(dataset.name), architecture: \(spec.kind.rawValue)}]"
            + (remedy ? ", or try padding: same" : ""))
      }
    }
    if combinations.isEmpty {
      report(exclude ?? root, "nothing is left of the study; take an entry out")
    } else if (config.trialCount ?? .max) > StudyConfig.trialLimit {
      report(root, tooMany)
    }
  }

  private func obstacle(_ spec: ArchitectureSpec, _ dataset: DatasetSpec) -> String? {
    switch dataset.source {
    case .builtin: return dataset.catalogueEntry.flatMap { spec.obstacle(for: $0.shape.input) }
    case .csv: return spec.kind == .cnn ? "the rows of a table have no height and width" : nil
    case .idx: return nil
    }
  }
}
