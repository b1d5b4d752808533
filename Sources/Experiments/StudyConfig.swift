/// A study as its config file describes it, every default resolved and every axis written out. It is read
/// and checked once; everything else gets the value.
public struct StudyConfig: Hashable, Codable, Sendable {
  /// What becomes of trials whose data set can't be had.
  package enum MissingDataPolicy: String, Codable, CaseIterable, SettingRepresentable {
    /// The study refuses before it starts.
    case refuse
    /// The trials are recorded as skipped, the others run.
    case skip
  }

  /// Trials that are left out: those that match every name given here.
  package struct Exclusion: Hashable, Codable, Sendable {
    /// A data set's name, or nil for all.
    package var dataset: String?
    /// A family of networks, or nil for all.
    package var architecture: ArchitectureSpec.Kind?
    /// An activation's name, or nil for all.
    package var activation: String?

    /// Every exclusion that a trial of these three matches.
    static func all(
      matching dataset: String, _ architecture: ArchitectureSpec.Kind, _ activation: String
    ) -> [Exclusion] {
      [dataset, nil].flatMap { dataset in
        [architecture, nil].flatMap { architecture in
          [activation, nil].map {
            Exclusion(dataset: dataset, architecture: architecture, activation: $0)
          }
        }
      }
    }
  }

  /// The study's name and that of its folder.
  package var name: String
  /// Data sets; a user's own with absolute paths.
  package var datasets: [DatasetSpec]
  package var architectures: [ArchitectureSpec]
  package var activations: [ActivationSpec]
  /// Combinations left out.
  package var exclusions: [Exclusion]
  /// Seeds of the trials that have none of their own.
  package var seeds: [UInt64]
  /// Seeds of a data set or of a network (`ffnn`, `cnn`) by its name, where they aren't the common
  /// ones.
  package var seedsByName: [String: [UInt64]] = [:]
  package var training: TrainingAxes
  /// Ranks that train one trial together.
  package var ranksPerTrial = 1
  /// Whether groups, which have one rank then, join to train a trial where trials run short.
  package var widensGroups = false
  /// Threads that one rank computes with.
  package var threadsPerRank = 1
  /// How a trial's ranks average their gradients.
  package var gradientExchange = GradientExchange.sharded
  /// The most seconds between two checkpoints of a trial.
  package var checkpointSeconds = 60.0
  /// Compare a trial's replicas every this many steps; nil for every epoch and checkpoint only.
  package var verifySteps: Int?
  /// What becomes of trials whose data set can't be had.
  package var whenDataMissing = MissingDataPolicy.refuse
  /// How values of some settings are searched, if they are.
  package internal(set) var search: SearchSpec?
  /// The search's configurations known so far; empty without a search.
  var configurations: [SearchConfiguration] = []
  /// If configurations depend on results, the study at the ends of the ranges: all parameters at their
  /// lowest, highest and middle values, then each parameter at each of its ends. Otherwise empty.
  var ends: [StudyConfig] = []

  /// A study from its parts, which are taken as they are: the parser is what checks them.
  package init(
    name: String, datasets: [DatasetSpec], architectures: [ArchitectureSpec],
    activations: [ActivationSpec], exclusions: [Exclusion] = [], seeds: [UInt64] = [0],
    training: TrainingAxes
  ) {
    self.name = name
    self.datasets = datasets
    self.architectures = architectures
    self.activations = activations
    self.exclusions = exclusions
    self.seeds = seeds
    self.training = training
  }

  /// Whether a search may stop trials before their last epoch.
  package var stopsEarly: Bool { search?.strategy.stopsEarly ?? false }

  /// The seeds that trials of a network on a data set have: the data set's own, else the network's,
  /// else the common ones.
  package func seeds(dataset: String, architecture: ArchitectureSpec.Kind) -> [UInt64] {
    seedsByName[dataset] ?? seedsByName[architecture.rawValue] ?? seeds
  }
}
