import ArgumentParser
import Coordinator
import Datasets
import Experiments
import Foundation
import Models
import Storage

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Lists every trial of a study with its cost, and runs nothing.",
    discussion: """
      Times are estimates: operations divided by --gflops per rank or, once the study's folder has \
      finished epochs of trials of the same kind, scaled to the times measured there. Measure this \
      machine's GFLOP/s with `srelu bench step`.
      """)

  @OptionGroup var options: StudyOptions

  @Option(help: "Ranks to plan for (default: this machine's cores).")
  var ranks: Int?

  @Option(help: "Billions of floating-point operations per second and rank.")
  var gflops = 80.0

  @Option(
    help: ArgumentHelp(
      "The interconnect: 10GbE, 25GbE, 100GbE, hdr, or ALPHA,BETA (µs, ns per byte) as printed by "
        + "srelu bench network.", valueName: "network"))
  var network: String?

  @Option(
    name: [.customLong("ranks-per-host"), .customLong("ranks-per-node")],
    help: "Ranks on each host.")
  var ranksPerHost = ProcessInfo.processInfo.activeProcessorCount

  @Flag(help: "Print a table of step time, efficiency and makespan for 1, 2, 4 … --ranks ranks.")
  var scaling = false

  @Flag(
    help: """
      Print the study as one config that needs no other: with its defaults, and with the formulas of its \
      activation-files.
      """)
  var yaml = false

  func validate() throws {
    if yaml, options.json || scaling {
      throw ValidationError("--yaml is neither --json nor --scaling; choose one.")
    }
    try checkRange("ranks", ranks, 1...100_000)
    try checkRange("gflops", gflops, 1e-3...1e9)
    try checkRange("ranks-per-host", ranksPerHost, 1...100_000)
    if let network, Interconnect(network) == nil {
      let names = Interconnect.named.map(\.name).joined(separator: ", ")
      throw ValidationError(
        "--network \(network): expected \(names), or ALPHA,BETA in µs and ns per byte.")
    }
    if scaling && network == nil {
      throw ValidationError("--scaling needs --network.")
    }
  }

  func run() throws {
    let config = try options.study()
    if yaml { return try Output.write(config.yaml) }
    let folder = options.folder(of: config)
    let reader = StudyReader(folder: folder)
    let state = try? reader.state()
    let study = state.map { config.proposing($0.proposals) } ?? config
    // At least one group: a study for a larger machine can be planned on a small one.
    let ranks =
      self.ranks ?? max(ProcessInfo.processInfo.activeProcessorCount, study.ranksPerTrial)
    guard ranks >= study.ranksPerTrial else {
      throw ValidationError(
        "--ranks \(ranks): no group of \(study.ranksPerTrial) fits on them; ranks-per-trial says so "
          + "many train one trial.")
    }
    let model = ScalingModel(
      network: network.flatMap { Interconnect($0) }, ranksPerHost: ranksPerHost, gflops: gflops)
    if scaling {
      let table = try ScalingTable(study, ranks: ranks, model: model, search: options.data.search)
      try Output.line(options.json ? try JSONText.pretty(table, snakeCase: true) : table.text)
      return
    }
    let plan = try CostPlan(
      study, ranks: ranks, model: model, search: options.data.search, earlier: state,
      trials: state.map {
        EarlierTrials(study, folder: folder, endings: $0.endings, before: try? reader.study())
      })
    try Output.line(options.json ? try JSONText.pretty(plan, snakeCase: true) : plan.text)
  }
}

struct CostPlan: Encodable {
  struct Entry: Encodable {
    var id: String
    var label: String
    var parameters: Int
    var steps: Int
    var flops: Double
    var seconds: Double
  }

  var study: String
  var ranks: Int
  var ranksPerTrial: Int
  /// Whether idle ranks join the longest running trials.
  var widensGroups: Bool
  var makespanSeconds: Double
  var totalFlops: Double
  var trials: [Entry]
  /// Functions that the study has twice, and comparisons for which it has too few seeds.
  var warnings: [String]
  /// A step of each kind of trial on the ranks of a group; nil without `--network`.
  var steps: [StepPlan]?
  /// Configurations that the search asks for, and how many of them differ; nil without a search.
  var configurationsAsked: Int?
  var configurationsDifferent: Int?
  /// Trials of configurations that the search has yet to propose; nil if all are known beforehand.
  var trialsToCome: Int?
  /// The number of these trials that have finished in the study's folder; nil without a folder.
  var finished: Int?
  /// Finished trials in the folder that aren't part of this study.
  var otherFinished: [EarlierTrials.Others]?
  private var notes: [String] = []

  private enum CodingKeys: CodingKey {
    case study, ranks, ranksPerTrial, widensGroups, makespanSeconds, totalFlops, trials, warnings
    case steps, configurationsAsked, configurationsDifferent, trialsToCome, finished, otherFinished
  }

  /// - Parameters:
  ///   - earlier: the state of the study's journal, if there is one: measured times take precedence
  ///     over the model's.
  ///   - trials: the trials that have finished there.
  init(
    _ config: StudyConfig, ranks: Int, model: ScalingModel, search: DatasetSearch,
    earlier: JournalState?, trials earlierTrials: EarlierTrials? = nil
  ) throws {
    let all = config.trials
    let costs = try StudyCosts(config.coveringTrials) { try $0.shape(search: search) }
    let pace = StudyPace(
      PaceModel(model, all, costs, earlier: earlier), costs: costs,
      ranksPerTrial: config.ranksPerTrial)
    let queued = pace.queued(all)
    trials = queued.compactMap { trial in
      costs[trial.trial, id: trial.id].map { cost in
        Entry(
          id: trial.id, label: trial.label, parameters: cost.model.parameters, steps: cost.steps,
          flops: cost.flops, seconds: trial.cost)
      }
    }
    study = config.name
    // A search doesn't compare activations; a study with its winner does.
    warnings =
      EqualFunctions.notes(config.activations)
      + (config.search == nil ? SeedAdvice.warnings(all) : [])
    let draws = config.draws
    configurationsAsked = draws?.asked
    configurationsDifferent = draws?.different
    finished = earlierTrials?.finished
    otherFinished = earlierTrials?.others
    notes = [draws?.text.map { $0 + "." }].compactMap(\.self) + (earlierTrials?.notes ?? [])
    self.ranks = ranks
    ranksPerTrial = config.ranksPerTrial
    widensGroups = config.widensGroups
    let shared: @Sendable (QueuedTrial, Int) -> Double = { pace.seconds($0, groups: $1) }
    makespanSeconds = predictedMakespan(
      queued + config.trialsToCome(pace.queued), groups: max(1, ranks / config.ranksPerTrial),
      secondsOnGroups: config.widensGroups ? shared : nil)
    let coming = config.standIns.compactMap { costs[$0]?.flops }.reduce(0, +)
    totalFlops = trials.reduce(Double(config.configurationsToCome) * coming) { $0 + $1.flops }
    trialsToCome = config.search?.strategy.learns == true ? config.trialsToCome : nil
    steps =
      model.network == nil
      ? nil
      : StepPlan.all(all + config.standIns, costs, ranks: config.ranksPerTrial, model: model)
  }

  var text: String {
    let width = trials.map(\.label.count).max() ?? 0
    var lines = trials.map { trial in
      trial.label.padding(toLength: width, withPad: " ", startingAt: 0)
        + String(
          format: "  %9d parameters  %6d steps  %8.2f TFLOP  %7.1f s", trial.parameters,
          trial.steps, trial.flops / 1e12, trial.seconds)
    }
    if let trialsToCome, trialsToCome > 0 {
      lines.append(
        "\(trialsToCome) more trials depend on results; the totals take the middle of each range for them"
      )
    }
    lines.append("")
    lines.append(
      String(
        format: "%@: %d trials, %.1f TFLOP; about %.0f s on %d ranks, %d%@ per trial", study,
        trials.count + (trialsToCome ?? 0), totalFlops / 1e12, makespanSeconds, ranks,
        ranksPerTrial,
        widensGroups ? " or more" : ""))
    lines += (steps ?? []).map(\.text)
    lines += (notes + warnings).map { "note: \($0)" }
    return lines.joined(separator: "\n")
  }
}

extension DatasetSpec {
  /// The counts and shape, from the catalogue or from the user's files.
  func shape(search: DatasetSearch) throws -> DatasetShape {
    try known?.shape ?? search.readToTrain(name, source).shape
  }
}
