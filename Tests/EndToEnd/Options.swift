import Checks

/// Checks of one subject.
struct Group: Sendable {
  let name: String
  let body: @Sendable (Workplace) -> Void

  /// What launch/test-cli runs. The reader that takes its time does so meanwhile.
  static let commandLine = [
    Group(name: "slow reader begins") { $0.beginSlowReader() },
    Group(name: "flags") { $0.checkFlags() },
    Group(name: "configs") { $0.checkConfigs() },
    Group(name: "data") { $0.checkData() },
    Group(name: "plans") { $0.checkPlans() },
    Group(name: "hostile names") { $0.checkHostileNames() },
    Group(name: "folders") { $0.checkFolders() },
    Group(name: "launchers") { $0.checkLaunchers() },
    Group(name: "reports") { $0.checkReports() },
    Group(name: "damage") { $0.checkDamage() },
    Group(name: "report places") { $0.checkReportPlaces() },
    Group(name: "folder names") { $0.checkFolderNames() },
    Group(name: "gnuplot") { $0.checkGnuplotSettings() },
    Group(name: "predictions") { $0.checkPredictions() },
    Group(name: "several studies") { $0.checkSeveralStudies() },
    Group(name: "search") { $0.checkSearch() },
    Group(name: "server") { $0.checkServer() },
    Group(name: "benchmarks") { $0.checkBenchmarks() },
    Group(name: "a study that runs") { $0.checkRunningStudy() },
    Group(name: "early signals") { $0.checkEarlySignals() },
    Group(name: "second signal") { $0.checkSecondSignal() },
    Group(name: "slow reader ends") { $0.endSlowReader() },
  ]

  /// What only launch/test runs.
  static let ranks = [
    Group(name: "counting") { $0.checkCounting() },
    Group(name: "probes") { $0.checkProbes() },
    Group(name: "faults") { $0.checkFaults() },
    Group(name: "stalls") { $0.checkStalls() },
    Group(name: "slow machines") { $0.checkSlowMachines() },
  ]
  static let studies = [
    Group(name: "PyTorch") { $0.checkModelsInPyTorch() },
    Group(name: "a small study") { $0.checkSmallStudy() },
  ]

  /// What launch/test-extremes runs.
  static let extremes = [
    Group(name: "aliases") { $0.checkAliases() },
    Group(name: "odd files") { $0.checkOddFiles() },
    Group(name: "odd data") { $0.checkOddData() },
    Group(name: "limits") { $0.checkLimits() },
    Group(name: "output") { $0.checkUnwritableOutput() },
    Group(name: "studies without output") { $0.checkStudiesWithoutOutput() },
    Group(name: "environments") { $0.checkEnvironments() },
    Group(name: "removed folder") { $0.checkRemovedFolder() },
  ]
}

/// What the scripts ask for.
struct Options {
  private(set) var groups: [Group] = []
  /// Where launch/ lies.
  private(set) var repository = "."

  init(_ arguments: [String]) {
    var rest = arguments[...]
    var chosen: [String] = []
    while let word = rest.popFirst() {
      switch word {
      case "cli": groups = Group.commandLine
      case "extremes": groups = Group.extremes
      case "ranks": groups = Group.ranks
      case "studies": groups = Group.studies
      case "--repository": repository = rest.popFirst() ?? "."
      case "--only": chosen.append(rest.popFirst() ?? "")
      default: Self.misused("unknown argument \(word)", groups)
      }
    }
    if let unknown = chosen.first(where: { name in !groups.contains { $0.name == name } }) {
      Self.misused("there are no checks called \(unknown)", groups)
    }
    if !chosen.isEmpty { groups = groups.filter { chosen.contains($0.name) } }
  }

  private static func misused(_ why: String, _ groups: [Group]) -> Never {
    refuse(
      .usage,
      "\(why); --only takes one of: \(groups.map(\.name).joined(separator: ", "))")
  }
}
