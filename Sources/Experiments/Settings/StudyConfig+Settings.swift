extension StudyConfig {
  /// Every setting of a whole study: none of them changes a result. A new one is a property of
  /// `StudyConfig` and its description here.
  package static let settings: [SettingField<StudyConfig>] = {
    let usual = StudyConfig(
      name: "", datasets: [], architectures: [], activations: [], training: TrainingAxes())
    return [
      SettingField(
        \.ranksPerTrial,
        Setting(
          "ranks-per-trial", .integer(1...1_000_000, or: "auto"), default: .integer(1),
          original: true,
          "Ranks that train one trial together; auto: one, and more when trials run short."),
        value: { $0.widensGroups ? .word("auto") : .integer($0.ranksPerTrial) },
        set: { study, value in
          study.ranksPerTrial = Int(value) ?? 1
          study.widensGroups = value == .word("auto")
        }),
      SettingField(
        \.threadsPerRank, of: usual,
        Setting(
          "threads-per-rank", .integer(1...1024), original: true,
          "Threads that each rank computes with.")),
      SettingField(
        \.whenDataMissing, of: usual,
        Setting(
          "when-data-missing", .word(MissingDataPolicy.self, what: "choice"),
          original: true,
          """
          Whether a study with a missing data set refuses to start or skips the trials that need it.
          """)),
      SettingField(
        \.gradientExchange, of: usual,
        Setting(
          "gradient-exchange", .word(GradientExchange.self, what: "choice"),
          """
          sharded: each rank computes a part of the averaged gradients, with the same bits for any \
          number of ranks; allreduce: one MPI_Allreduce averages all, to rounding.
          """)),
      SettingField(
        \.checkpointSeconds, of: usual,
        Setting(
          "checkpoint-seconds",
          .number(.init(minimum: 0.001, maximum: 86_400, noun: "a number of seconds")),
          "The longest time between two checkpoints of a trial.")),
      SettingField(
        \.verifySteps,
        Setting(
          "verify-steps", .integer(1...1_000_000_000),
          defaultText: "every epoch",
          "Steps between comparisons of a trial's replicas, besides every epoch and checkpoint."),
        value: { $0.verifySteps.map { .integer($0) } }, set: { $0.verifySteps = Int($1) }),
    ]
  }()
}
