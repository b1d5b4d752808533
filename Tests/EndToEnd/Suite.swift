/// The suites, by the names that scripts call them by.
enum Suite {
  static let all: [String: [Group]] = [
    "all": [Group(name: "all") { WholeTest($0).run() }],
    "cli": commandLine,
    "extremes": extremes,
    "hosts": HostChecks.groups,
    "launchers": launchers,
    "ranks": ranks,
    "sanitize": [Group(name: "sanitizers") { SanitizerChecks($0).run() }],
    "slurm": [Group(name: "under Slurm") { SlurmChecks.enter($0) }],
    "slurm-inside": [Group(name: "under Slurm") { SlurmChecks.runInside($0) }],
    "studies": studies,
  ]

  /// The command line. The reader that takes its time does so meanwhile.
  private static let commandLine = [
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
    Group(name: "learned parameters") { $0.checkLearnedParameters() },
    Group(name: "early signals") { $0.checkEarlySignals() },
    Group(name: "second signal") { $0.checkSecondSignal() },
    Group(name: "slow reader ends") { $0.endSlowReader() },
  ]

  /// Launchers over programs that only pretend.
  private static let launchers = [
    Group(name: "places") { PretendedRepository($0).checkPlaces() },
    Group(name: "folders that are gone") { PretendedRepository($0).checkFoldersThatAreGone() },
    Group(name: "odd files") { PretendedRepository($0).checkOddFiles() },
    Group(name: "output") { PretendedRepository($0).checkOutput() },
    Group(name: "errors") { PretendedRepository($0).checkErrors() },
    Group(name: "temporary folders") { PretendedRepository($0).checkTemporaryFolders() },
    Group(name: "missing tools") { PretendedRepository($0).checkMissingTools() },
    Group(name: "versions") { PretendedRepository($0).checkVersions() },
    Group(name: "mistakes") { PretendedRepository($0).checkMistakes() },
    Group(name: "pages") { PretendedRepository($0).checkPages() },
    Group(name: "answers") { PretendedRepository($0, name: "copy").checkAnswers() },
    Group(name: "slow hosts") { PretendedRepository($0, name: "copy").checkSlowHosts() },
    Group(name: "hostile hosts") { PretendedRepository($0, name: "copy").checkHostileHosts() },
    Group(name: "Slurm") { PretendedRepository($0, name: "copy").checkSlurmJobs() },
    Group(name: "deaths") { PretendedRepository($0).checkDeaths() },
    Group(name: "signals") { PretendedRepository($0).checkSignals() },
    Group(name: "terminal") { PretendedRepository($0).checkTerminal() },
  ]

  private static let ranks = [
    Group(name: "counting") { $0.checkCounting() },
    Group(name: "the whole test") { $0.checkWholeTest() },
    Group(name: "probes") { $0.checkProbes() },
    Group(name: "faults") { $0.checkFaults() },
    Group(name: "stalls") { $0.checkStalls() },
    Group(name: "slow machines") { $0.checkSlowMachines() },
  ]

  private static let studies = [
    Group(name: "PyTorch") { $0.checkModelsInPyTorch() },
    Group(name: "a small study") { $0.checkSmallStudy() },
  ]

  /// Hostile inputs, output that can't be written, odd environments.
  private static let extremes = [
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
