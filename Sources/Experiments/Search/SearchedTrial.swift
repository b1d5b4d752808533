/// A trial of a study with a search.
public struct SearchedTrial: Hashable, Sendable {
  /// The trial.
  public var trial: Trial
  /// Which combination of the grid it is; only trials of the same one are compared.
  public var bracket: Int
  /// Which configuration it is; nil for a trial that no searched setting reaches: a baseline.
  public var sample: Int?

  /// A trial with its place in the search.
  public init(trial: Trial, bracket: Int, sample: Int?) {
    self.trial = trial
    self.bracket = bracket
    self.sample = sample
  }
}

/// How many of a search's configurations are different ones: a list or a range of whole numbers has only
/// so many, and a draw that came up before is no other trial.
public struct SearchDraws: Hashable, Sendable {
  /// How many the config asks for.
  public var asked: Int
  /// How many of them bring trials that no earlier one has.
  public var different: Int

  /// Counts from their parts.
  public init(asked: Int, different: Int) {
    self.asked = asked
    self.different = different
  }

  /// In words; nil where all are different.
  public var text: String? {
    guard different < asked else { return nil }
    return
      "the search draws \(different) different of \(asked) configurations: there are no more in what "
      + "is searched, or some came up again. Each is trained once"
  }
}

extension StudyConfig {
  /// How many configurations the search draws; nil without one.
  public var draws: SearchDraws? {
    guard !variants.isEmpty else { return nil }
    var seen: Set<Trial> = []
    let different = variants.count { variant in
      variant.gridTrials.reduce(false) { isNew, trial in seen.insert(trial).inserted || isNew }
    }
    return SearchDraws(asked: variants.count, different: different)
  }

  /// The trials with their places in the search, each once, configuration by configuration.
  public var searchedTrials: [SearchedTrial] {
    var places: [Trial: Int] = [:]
    var result: [SearchedTrial] = []
    var uses: [Int] = []
    for (sample, variant) in variants.enumerated() {
      for (bracket, trial) in variant.gridTrials.enumerated() {
        if let place = places[trial] {
          uses[place] += 1
          continue
        }
        places[trial] = result.count
        uses.append(1)
        result.append(SearchedTrial(trial: trial, bracket: bracket, sample: sample))
      }
    }
    // What is the same in all configurations isn't searched.
    if variants.count > 1 {
      for place in result.indices where uses[place] == variants.count { result[place].sample = nil }
    }
    return result
  }
}
