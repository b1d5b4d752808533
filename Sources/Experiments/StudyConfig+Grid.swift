extension StudyConfig {
  /// Every trial of the study, each once, in the order of the config: data set, architecture,
  /// activation, training settings, seed; with a search, one configuration after another, as far as
  /// they are known.
  package var trials: [Trial] {
    search == nil ? gridTrials : searchedTrials.map(\.trial)
  }

  /// The trials without a search.
  var gridTrials: [Trial] {
    combinations.flatMap { combination in
      let dataset = combination.dataset.name
      let seeds = seeds(dataset: dataset, architecture: combination.architecture.kind)
      return training.trainings(on: dataset).flatMap { training in
        seeds.map { seed in
          Trial(
            dataset: combination.dataset, architecture: combination.architecture,
            activation: combination.activation, training: training, seed: seed)
        }
      }
    }.unique(by: \.self)
  }

  /// The number of trials, without making them; nil when it is beyond counting. With a search it may
  /// be fewer, because configurations can agree.
  package var trialCount: Int? {
    if search != nil {
      let counts =
        configurations.compactMap(\.study).map(\.trialCount) + ends.prefix(1).map(\.trialCount)
      return counts.contains(nil) ? nil : counts.reduce(0) { $0 + ($1 ?? 0) }
    }
    let count = combinations.reduce(0.0) { count, combination in
      let dataset = combination.dataset.name
      let seeds = seeds(dataset: dataset, architecture: combination.architecture.kind)
      return count
        + training.counts(on: dataset).reduce(Double(seeds.count)) { $0 * Double($1) }
    }
    // Exact below 2⁵³, which is far above the limit.
    return Int(exactly: count)
  }

  /// What the study measures, in 64 hexadecimal digits: a SHA-256 over its name and the ids of its
  /// trials in order; where these depend on results, over the search and one of its ends. How it is run
  /// (ranks, threads, missing data) doesn't count.
  package var digest: String {
    var parts = ["name": CanonicalJSON.string(name)]
    parts["trials"] = .array((ends.first?.gridTrials ?? trials).map { .string($0.id) })
    if let search, !ends.isEmpty { parts["search"] = .array(search.yaml.map { .string($0) }) }
    return CanonicalJSON.object(parts).digest
  }

  /// A data set, a network and an activation function that meet in at least one trial.
  struct Combination {
    var dataset: DatasetSpec
    var architecture: ArchitectureSpec
    var activation: ActivationSpec
  }

  /// The combinations that no exclusion matches, in the order of the config.
  var combinations: [Combination] {
    var result: [Combination] = []
    let excluded = Set(exclusions)
    for dataset in datasets {
      for architecture in architectures {
        for activation in activations
        where excluded.isDisjoint(
          with: Exclusion.all(matching: dataset.name, architecture.kind, activation.name))
        {
          result.append(
            Combination(dataset: dataset, architecture: architecture, activation: activation))
        }
      }
    }
    return result
  }
}
