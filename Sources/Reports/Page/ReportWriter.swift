import Experiments
import Foundation
import Support

/// Writes a report's folder:
///
/// ```
/// index.html  report.json  results.csv  epochs.csv
/// figures/*.svg|pdf  tables/*.csv|tex  tensorboard/
/// ```
/// Of several studies, each has a folder for all but the page, the common table and TensorBoard.
package struct ReportWriter {
  private let folder: String
  private let root: String?
  private let drawsFigures: Bool
  private let writesEvents: Bool
  /// Seconds between reloads by the browser; nil for never.
  private let refresh: Int?

  /// A writer into a folder, which is created if missing.
  /// - Parameter root: an outer folder with content of unknown origin, below which links are never
  ///   followed; nil where the user named the folder itself.
  package init(
    folder: String, below root: String? = nil, drawsFigures: Bool = true,
    writesEvents: Bool = false,
    refresh: Int? = nil
  ) {
    self.folder = folder
    self.root = root
    self.drawsFigures = drawsFigures
    self.writesEvents = writesEvents
    self.refresh = refresh
  }

  /// A file, whose content is made when it is written.
  private struct File {
    let path: String
    let content: () throws -> any Collection<UInt8>
  }

  /// Writes the report of one study, or of several side by side.
  /// - Returns: the page's path.
  /// - Throws: a `ReportableError` if something in the folder would be lost, or isn't writable.
  package func write(_ studies: [ReportedStudy]) throws -> String {
    let contents = studies.enumerated().map { index, study in
      (
        ReportContent(study),
        studies.count == 1 ? "" : "\(index + 1)-\(Slug.of(study.name))/"
      )
    }
    let sideBySide = SideBySide.table(studies)
    var files = contents.flatMap { self.files(of: $0, prefix: $1) }
    if let sideBySide { files += Self.files(of: sideBySide, prefix: "") }
    if writesEvents { files += events(studies) }
    let drawn = drawsFigures ? contents.flatMap { figureFiles($0, prefix: $1) } : []
    let target = try ReportFolder(
      folder, for: files.map(\.path) + drawn + ["index.html"], below: root)
    for file in files { try target.write([UInt8](file.content()), to: file.path) }
    let sections = try contents.map { content, prefix in
      let (drawings, notes) = try self.drawings(content, into: target, prefix: prefix)
      return ReportPage.Section(
        content: content, drawings: drawings, notes: content.notes + notes, files: prefix)
    }
    let page = try ReportPage(sections, sideBySide: sideBySide, refresh: refresh).html()
    try target.write(Data(page.utf8), to: "index.html")
    try target.close()
    return "\(folder)/index.html"
  }

  private func files(of content: ReportContent, prefix: String) -> [File] {
    let results = content.study.analysis.results
    return content.allTables.flatMap { Self.files(of: $0, prefix: prefix) } + [
      File(path: prefix + "results.csv") { TrialSummary.csv(results.trials.map(\.summary)).utf8 },
      File(path: prefix + "epochs.csv") { EpochTable.csv(results).utf8 },
      File(path: prefix + "report.json") { try ReportJSON.text(content).utf8 },
    ]
  }

  private static func files(of table: ReportTable, prefix: String) -> [File] {
    let latex = LaTeXTable(table)
    return [
      File(path: "\(prefix)tables/\(table.id).csv") { table.csv.utf8 },
      File(path: "\(prefix)tables/\(table.id).tex") { latex.paper.utf8 },
    ]
      + [latex.full].compactMap(\.self).map { full in
        File(path: "\(prefix)tables/\(table.id)-full.tex") { full.utf8 }
      }
  }

  private func events(_ studies: [ReportedStudy]) -> [File] {
    studies.enumerated().flatMap { index, study in
      let folder = studies.count == 1 ? "tensorboard" : "tensorboard/\(index + 1)"
      return TensorBoardStudy.files(study).map { file in
        File(path: "\(folder)/\(file.path)") { file.bytes }
      }
    }
  }

  private func figureFiles(_ content: ReportContent, prefix: String) -> [String] {
    content.allFigures.flatMap { figure in
      ["svg", "pdf"].map { "\(prefix)figures/\(figure.id).\($0)" }
    }
  }

  private func drawings(
    _ content: ReportContent, into target: ReportFolder, prefix: String
  ) throws -> ([ReportPage.Drawing], [String]) {
    guard drawsFigures, !content.allFigures.isEmpty else { return ([], []) }
    guard Gnuplot.version() != nil else {
      return ([], ["Figures are missing: \(Gnuplot.missing)"])
    }
    var notes: [String] = []
    let drawings = try content.allFigures.compactMap { figure -> ReportPage.Drawing? in
      switch try Gnuplot.draw(figure) {
      case .failed(let complaint):
        notes.append("The figure \(figure.title) couldn't be drawn: \(complaint.onOneLine)")
        return nil
      case .drawn(let svg, let pdf):
        try target.write(svg, to: "\(prefix)figures/\(figure.id).svg")
        try target.write(pdf, to: "\(prefix)figures/\(figure.id).pdf")
        return ReportPage.Drawing(figure: figure, svg: Array(svg))
      }
    }
    return (drawings, notes)
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
        ] + epoch.csvFields + [epoch.deadShare.map(canonicalText(of:)) ?? ""]
      }
    }
    return CSV.text([head + ["dead_share"]] + rows, names: [0])
  }
}
