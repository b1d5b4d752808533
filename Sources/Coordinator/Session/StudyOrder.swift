import Datasets
import Experiments
import Storage

/// What rank 0 read from the command line and the config: what a run is to do.
package struct StudyOrder: Codable, Sendable {
  package var study: StudyConfig
  package var folder: String
  package var search: DatasetSearch
  package var retriesFailed: Bool
  package var allowsForeignFolder: Bool

  package init(
    study: StudyConfig, folder: String, search: DatasetSearch, retriesFailed: Bool = true,
    allowsForeignFolder: Bool = false
  ) {
    self.study = study
    self.folder = folder
    self.search = search
    self.retriesFailed = retriesFailed
    self.allowsForeignFolder = allowsForeignFolder
  }
}

extension StudyOrder {
  /// The study's trials with their costs, estimated from the cost model and the times in the folder's
  /// journal.
  /// - Parameters:
  ///   - missing: the reasons why data sets are unavailable, by name; their trials are skipped.
  ///   - model: of the job's hosts.
  package func plan(
    _ costs: StudyCosts, missing: [String: String], model: ScalingModel,
    observer: @escaping StudyObserver
  ) -> StudyPlan {
    let earlier = try? StudyReader(folder: folder).state()
    let known = earlier.map { study.proposing($0.proposals) } ?? study
    let pace = StudyPace(
      PaceModel(model, known.trials, costs, earlier: earlier), costs: costs,
      ranksPerTrial: study.ranksPerTrial)
    var plan = StudyPlan(
      config: study, folder: folder, trials: pace.queued(study.trials),
      retriesFailed: retriesFailed, obstacle: { missing[$0.trial.dataset.name] },
      observer: observer)
    plan.allowsForeignFolder = allowsForeignFolder
    plan.pace = pace
    plan.price = pace.queued
    if study.widensGroups { plan.secondsOnGroups = { pace.seconds($0, groups: $1) } }
    return plan
  }

  /// Notes on the search's draws and on other trials in the folder.
  var notes: [String] {
    let reader = StudyReader(folder: folder)
    let state = try? reader.state()
    let study = state.map { self.study.proposing($0.proposals) } ?? self.study
    let draws = [study.draws?.text].compactMap(\.self)
    guard let state else { return draws }
    return draws
      + EarlierTrials(
        study, folder: folder, endings: state.endings, before: try? reader.study()
      ).notes
  }
}
