extension StudyConfig {
  /// The study as YAML with every default written out, that reads back as the same study: the run
  /// folder's `study.yaml`.
  public var yaml: String {
    var lines = ["name: \(CanonicalJSON.quoted(name))"]
    lines += block("datasets", datasets.map(yaml(of:)))
    lines += block("architectures", architectures.map(yaml(of:)))
    lines += block("activations", activations.map(yaml(of:)))
    if !exclusions.isEmpty { lines += block("exclude", exclusions.map(yaml(of:))) }
    lines.append("seeds: \(seedsYAML)")
    lines += [
      "training:",
      "  optimizer: \(flow(training.optimizers))",
      "  learning-rate: \(flow(training.learningRates.map(canonicalText(of:))))",
      "  batch-size: \(flow(training.batchSizes.map(String.init)))",
    ]
    // A setting that came later stands here only where it isn't the default, as in a trial's id.
    if training.precisions != [.fp32] {
      lines.append("  precision: \(flow(training.precisions.map(\.rawValue)))")
    }
    lines.append("  epochs:")
    for dataset in datasets {
      let epochs = training.epochs[dataset.name] ?? []
      lines.append("    \(CanonicalJSON.quoted(dataset.name)): \(flow(epochs.map(String.init)))")
    }
    lines += [
      "ranks-per-trial: \(widensGroups ? "auto" : String(ranksPerTrial))",
      "threads-per-rank: \(threadsPerRank)",
      "when-data-missing: \(whenDataMissing.rawValue)",
    ]
    if gradientExchange != .sharded {
      lines.append("gradient-exchange: \(gradientExchange.rawValue)")
    }
    if checkpointSeconds != 60 {
      lines.append("checkpoint-seconds: \(canonicalText(of: checkpointSeconds))")
    }
    if let search { lines += yaml(of: search) }
    if let verifySteps { lines.append("verify-steps: \(verifySteps)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func yaml(of search: SearchSpec) -> [String] {
    var lines = [
      "search:", "  method: \(search.method.rawValue)", "  trials: \(search.trials)",
      "  seed: \(search.seed)", "  parameters:",
    ]
    for parameter in search.parameters {
      let key = CanonicalJSON.quoted(parameter.key)
      lines.append("    \(key): \(yaml(of: parameter.distribution))")
    }
    guard search.method == .asha else { return lines }
    return lines + [
      "  reduction-factor: \(search.reductionFactor)", "  minimum-epochs: \(search.minimumEpochs)",
      "  objective: \(search.objective.rawValue)",
    ]
  }

  private func yaml(of distribution: SearchDistribution) -> String {
    func range(_ name: String, _ low: String, _ high: String) -> String {
      "{\(name): [\(low), \(high)]}"
    }
    return switch distribution {
    case .uniform(let ends):
      range("uniform", canonicalText(of: ends.lowerBound), canonicalText(of: ends.upperBound))
    case .logUniform(let ends):
      range("log-uniform", canonicalText(of: ends.lowerBound), canonicalText(of: ends.upperBound))
    case .integer(let ends): range("integer", String(ends.lowerBound), String(ends.upperBound))
    case .choice(let values): "{choice: \(flow(values.map(canonicalText(of:))))}"
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
    let name = CanonicalJSON.quoted(dataset.name)
    switch dataset.source {
    case .builtin: return dataset.name
    case .idx(let folder): return "{name: \(name), idx: \(CanonicalJSON.quoted(folder))}"
    case .csv(let file, let label, let fraction):
      return "{name: \(name), csv: \(CanonicalJSON.quoted(file)), "
        + "label: \(CanonicalJSON.quoted(label)), test-fraction: \(canonicalText(of: fraction))}"
    }
  }

  private func yaml(of architecture: ArchitectureSpec) -> String {
    let hidden = flow(architecture.hidden.map(String.init))
    let common = "hidden: \(hidden), dropout: \(canonicalText(of: architecture.dropout))"
    switch architecture.kind {
    case .ffnn: return "ffnn: {\(common)}"
    case .cnn:
      return "cnn: {filters: \(flow(architecture.filters.map(String.init))), "
        + "kernel: \(architecture.kernel), padding: \(architecture.padding.rawValue), \(common)}"
    }
  }

  private func yaml(of activation: ActivationSpec) -> String {
    guard !activation.parameters.isEmpty else { return activation.name }
    let parameters = activation.parameters.sorted { $0.key < $1.key }
      .map { "\($0.key): \(canonicalText(of: $0.value))" }
    return "\(activation.name): {\(parameters.joined(separator: ", "))}"
  }

  private func yaml(of exclusion: Exclusion) -> String {
    let members = [
      exclusion.dataset.map { "dataset: \(CanonicalJSON.quoted($0))" },
      exclusion.architecture.map { "architecture: \($0.rawValue)" },
      exclusion.activation.map { "activation: \($0)" },
    ]
    return "{\(members.compactMap(\.self).joined(separator: ", "))}"
  }
}
