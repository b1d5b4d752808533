/// A trial of a study with a search.
package struct SearchedTrial: Hashable, Sendable {
  package var trial: Trial
  /// Which combination of the grid it is; only trials of the same one are compared.
  package var bracket: Int
  /// Which configuration it is; nil for a trial that no searched setting reaches: a baseline.
  package var sample: Int?
  package var values: [Double]

  package init(trial: Trial, bracket: Int, sample: Int?, values: [Double] = []) {
    self.trial = trial
    self.bracket = bracket
    self.sample = sample
    self.values = values
  }
}

/// How many of a search's configurations are different ones: a list or a range of whole numbers has only
/// so many, and a draw that came up before is no other trial.
public struct SearchDraws: Hashable, Sendable {
  /// How many the config asks for.
  package var asked: Int
  /// How many the search has proposed so far; nil if all are known beforehand.
  package var proposed: Int?
  /// How many of the known ones add no new trial.
  package var repeated: Int

  package init(asked: Int, proposed: Int?, repeated: Int) {
    self.asked = asked
    self.proposed = proposed
    self.repeated = repeated
  }

  /// How many are different, as far as known.
  package var different: Int { asked - repeated }

  /// A description; nil if all are known and different.
  package var text: String? {
    let parts = [
      proposed.flatMap { proposed in
        proposed < asked
          ? "the search has proposed \(proposed) of \(asked) configurations; the others depend on results"
          : nil
      },
      repeated > 0
        ? "the search draws \(different) different of \(asked) configurations: there are no more in "
          + "what is searched, or some came up again. Each is trained once" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

/// A study as one of its search's configurations makes it.
struct SearchConfiguration: Hashable, Codable, Sendable {
  /// Its values in the order of the search's parameters.
  var values: [Double]
  /// The study; nil if the values aren't valid together.
  var study: StudyConfig?

  var trials: [Trial] { study?.gridTrials ?? [] }
}

extension StudyConfig {
  /// How many configurations the search draws; nil without one.
  package var draws: SearchDraws? {
    guard let search else { return nil }
    var seen: Set<Trial> = []
    let repeated = configurations.count { configuration in
      configuration.trials.reduce(true) { isOld, trial in !seen.insert(trial).inserted && isOld }
    }
    return SearchDraws(
      asked: search.trials, proposed: search.strategy.learns ? configurations.count : nil,
      repeated: repeated)
  }

  /// The known trials with their places in the search, each once, by configuration. If configurations
  /// depend on results, baselines come first.
  package var searchedTrials: [SearchedTrial] {
    let grids = configurations.map(\.trials)
    let baselines = Self.baselines(ends.isEmpty ? grids : ends.prefix(2).map(\.gridTrials))
    var seen: Set<Trial> = []
    var result: [SearchedTrial] = []
    func add(_ trials: [Trial], sample: Int?, _ values: [Double]) {
      for (bracket, trial) in trials.enumerated() {
        let isBaseline = baselines.contains(trial)
        guard isBaseline || sample != nil, seen.insert(trial).inserted else { continue }
        result.append(
          SearchedTrial(
            trial: trial, bracket: bracket, sample: isBaseline ? nil : sample, values: values))
      }
    }
    if let first = ends.first { add(first.gridTrials, sample: nil, []) }
    for (sample, trials) in grids.enumerated() {
      add(trials, sample: sample, configurations[sample].values)
    }
    return result
  }

  /// The trials that are the same in all configurations, so aren't searched.
  private static func baselines(_ grids: [[Trial]]) -> Set<Trial> {
    guard grids.count > 1, let first = grids.first else { return [] }
    return grids.dropFirst().reduce(Set(first)) { $0.intersection($1) }
  }
}

/// Searches whose configurations depend on results.
extension StudyConfig {
  package var proposedCount: Int { configurations.count }

  /// The number of configurations still to be proposed.
  package var configurationsToCome: Int {
    guard let search, search.strategy.learns, !standIns.isEmpty else { return 0 }
    return max(0, search.trials - configurations.count)
  }

  /// The number of trials that those will add, at most.
  package var trialsToCome: Int { configurationsToCome * standIns.count }

  /// Stand-ins for the trials of a configuration still to be proposed: those in the middle of each range.
  package var standIns: [Trial] {
    guard ends.count > 2 else { return [] }
    let baselines = Self.baselines(ends.prefix(2).map(\.gridTrials))
    return ends[2].gridTrials.filter { !baselines.contains($0) }
  }

  /// Trials that between them need as much memory and data as any trial of the study, known or not.
  package var coveringTrials: [Trial] {
    ends.isEmpty ? trials : (trials + ends.flatMap(\.gridTrials)).unique(by: \.self)
  }

  /// Adds a proposed configuration.
  /// - Returns: its new trials; none if all exist already or the values aren't valid together.
  package mutating func propose(_ values: [Double]) -> [SearchedTrial] {
    let known = searchedTrials.count
    add([values])
    return Array(searchedTrials.dropFirst(known))
  }

  /// The study with the configurations that its search proposed in earlier runs.
  /// - Parameter proposals: as in `JournalState.proposals`.
  package func proposing(_ proposals: [String: [Int: [String: Double]]]) -> StudyConfig {
    guard let search, search.strategy.learns, let past = proposals[search.id] else { return self }
    let known = (configurations.count..<max(configurations.count, search.trials)).lazy
      .map { past[$0] }.prefix { $0 != nil }
    var study = self
    study.add(known.map { values in search.parameters.map { values?[$0.key] ?? .nan } })
    return study
  }

  /// The last proposed configuration, for the journal.
  package var lastProposal: SearchProposal? {
    guard let search, let last = configurations.last else { return nil }
    return SearchProposal(
      search: search.id, index: configurations.count - 1,
      values: Dictionary(
        zip(search.parameters.map(\.key), last.values), uniquingKeysWith: { first, _ in first }))
  }
}
