import Experiments
import Foundation

/// Writes a report's folder:
///
/// ```
/// index.html  report.json  results.csv  epochs.csv
/// figures/*.svg|pdf  tables/*.csv|tex
/// ```
/// With several studies, all but `index.html` lies in a folder for each.
public struct ReportWriter {
  /// The folder.
  public let folder: String
  /// Whether figures are drawn.
  public let drawsFigures: Bool
  /// Seconds after which a browser loads the page again; nil for never.
  public let refresh: Int?

  /// A writer into a folder, which is made where it isn't there.
  public init(folder: String, drawsFigures: Bool = true, refresh: Int? = nil) {
    self.folder = folder
    self.drawsFigures = drawsFigures
    self.refresh = refresh
  }

  /// Writes the report of one study, or of several side by side.
  /// - Returns: the path of the page.
  public func write(_ studies: [ReportedStudy]) throws -> String {
    let sections = try studies.enumerated().map { index, study in
      let prefix = studies.count == 1 ? "" : "\(index + 1)-\(Slug.of(study.name))/"
      return try section(study, prefix: prefix)
    }
    let path = "\(folder)/index.html"
    try write(ReportPage(sections, refresh: refresh).html(), to: path)
    return path
  }

  private func section(_ study: ReportedStudy, prefix: String) throws -> ReportPage.Section {
    let base = "\(folder)/\(prefix)"
    for name in ["tables", "figures"] {
      // What an earlier report drew may not be part of this one.
      try? FileManager.default.removeItem(atPath: base + name)
      try FileManager.default.createDirectory(
        atPath: base + name, withIntermediateDirectories: true)
    }
    for table in study.tables + [StudyTables.trials(study.analysis.results)] {
      try write(table.csv, to: "\(base)tables/\(table.id).csv")
      try write(table.latex, to: "\(base)tables/\(table.id).tex")
    }
    let results = study.analysis.results
    try write(TrialSummary.csv(results.trials.map(\.summary)), to: base + "results.csv")
    try write(EpochTable.csv(results), to: base + "epochs.csv")
    try write(try ReportJSON.text(study), to: base + "report.json")
    let (drawings, notes) = try drawings(study, into: base + "figures")
    return ReportPage.Section(study: study, drawings: drawings, notes: notes, files: prefix)
  }

  private func drawings(_ study: ReportedStudy, into folder: String) throws -> (
    [ReportPage.Drawing], [String]
  ) {
    let figures = StudyFigures.all(study.analysis, isSearch: study.isSearch)
    guard drawsFigures, !figures.isEmpty else { return ([], []) }
    guard Gnuplot.version() != nil else {
      return ([], ["Figures are missing: gnuplot isn't installed (Debian: gnuplot-nox)."])
    }
    var notes: [String] = []
    let drawings = try figures.compactMap { figure -> ReportPage.Drawing? in
      if let complaint = try Gnuplot.draw(figure, into: folder) {
        notes.append("The figure \(figure.title) couldn't be drawn: \(complaint.onOneLine)")
        return nil
      }
      let svg = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(figure.id).svg"))
      return ReportPage.Drawing(figure: figure, svg: Array(svg))
    }
    return (drawings, notes)
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}

/// `epochs.csv`: a row for each epoch of each trial.
enum EpochTable {
  static func csv(_ results: StudyResults) -> String {
    let head = ["id", "activation", "dataset", "architecture", "seed"] + EpochRecord.csvColumns
    let rows = results.trials.flatMap { trial in
      trial.epochs.map { epoch in
        [
          trial.summary.id, trial.summary.activationSpec.label, trial.summary.dataset,
          trial.summary.architectureParameters.label, String(trial.summary.seed),
        ] + epoch.csvFields + [DeadShare.of(epoch.layers).map(canonicalText(of:)) ?? ""]
      }
    }
    return CSV.text([head + ["dead_share"]] + rows)
  }
}
