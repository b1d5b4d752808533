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

extension StudyConfig {
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
