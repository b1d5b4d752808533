import Crypto
import Experiments
import Foundation
import Mustache

/// The report as one HTML file: figures inline, no network, everything that comes from a config or a
/// file escaped.
public struct ReportPage: Sendable {
  /// A figure as the page holds it.
  struct Drawing: Sendable {
    var figure: Figure
    var svg: [UInt8]
  }

  /// A study with its figures.
  struct Section: Sendable {
    var study: ReportedStudy
    var drawings: [Drawing]
    /// What the reader should know, such as figures that couldn't be drawn.
    var notes: [String]
    /// Where files that go with the page lie, relative to it; nil where there are none.
    var files: String?
  }

  private let sections: [Section]
  /// Seconds after which a browser loads the page again; nil for never.
  private let refresh: Int?

  init(_ sections: [Section], refresh: Int? = nil) {
    self.sections = sections
    self.refresh = refresh
  }

  /// The page.
  public func html() throws -> String {
    _ = PageEscaping.registered
    let library = MustacheLibrary(templates: [
      "table": try MustacheTemplate(string: PageTemplate.table),
      "figure": try MustacheTemplate(string: PageTemplate.figure),
      "page": try MustacheTemplate(string: PageTemplate.page),
    ])
    return library.render(model, withTemplate: "page") ?? ""
  }

  private var title: String {
    sections.map(\.study.name).joined(separator: ", ") + ": activation functions compared"
  }

  private var model: [String: Any] {
    var model: [String: Any] = [
      "title": title, "policy": policy, "style": PageTemplate.style,
      "script": PageTemplate.script, "studies": sections.enumerated().map(section),
    ]
    if let refresh { model["refresh"] = String(refresh) }
    if let overview = SideBySide.table(sections.map(\.study)) {
      model["overview"] = table(overview, files: nil)
    }
    return model
  }

  /// Nothing is loaded, and no script runs but the page's own.
  private var policy: String {
    let digest = Data(SHA256.hash(data: Data(PageTemplate.script.utf8))).base64EncodedString()
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
      + "script-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'"
  }

  private func section(_ index: Int, _ section: Section) -> [String: Any] {
    let study = section.study
    let isConfusion = { (drawing: Drawing) in drawing.figure.id.hasPrefix("confusion-") }
    let confusions = section.drawings.filter(isConfusion)
    var model: [String: Any] = [
      "anchor": "study-\(index + 1)", "answer": study.analysis.answer, "notes": section.notes,
      "tables": StudyTables.all(study.analysis).map { table($0, files: section.files) },
      "figures": section.drawings.filter { !isConfusion($0) }.map { figure($0, section.files) },
      "hasConfusions": !confusions.isEmpty,
      "confusions": confusions.map { figure($0, section.files) },
      "provenance": study.provenance.map { ["name": $0.name, "value": $0.value] },
      "config": study.config,
    ]
    if sections.count > 1 { model["heading"] = study.name }
    if !study.isComplete { model["standing"] = study.standing }
    let trials = StudyTables.trials(study.analysis.results)
    if !trials.rows.isEmpty { model["trials"] = table(trials, files: section.files) }
    let claims = study.analysis.claims
    if !claims.isEmpty { model["claims"] = ["rows": claims.map(claim)] as [String: Any] }
    return model
  }

  private func claim(_ claim: Claim) -> [String: Any] {
    [
      "text": claim.text, "rule": claim.rule, "verdict": claim.verdict.title,
      "kind": claim.verdict.rawValue,
      "evidence": claim.evidence.map {
        ["place": $0.place, "verdict": $0.verdict.title, "text": $0.text]
      },
    ]
  }

  private func table(_ table: ReportTable, files: String?) -> [String: Any] {
    var model: [String: Any] = [
      "id": table.id, "title": table.title, "note": table.note,
      "columns": table.columns.map {
        ["title": $0.title, "numeric": $0.isNumeric] as [String: Any]
      },
      "rows": table.rows.map { row in
        [
          "fields": zip(table.columns, row).map { column, field in
            [
              "text": field.text, "numeric": column.isNumeric, "best": field.isBest,
              "sort": field.number.map(canonicalText(of:)) ?? "",
            ] as [String: Any]
          }
        ]
      },
    ]
    if let files {
      let links = ["csv", "tex"].map {
        ["path": "\(files)tables/\(table.id).\($0)", "name": $0 == "csv" ? "CSV" : "LaTeX"]
      }
      model["files"] = ["links": links]
    }
    return model
  }

  private func figure(_ drawing: Drawing, _ files: String?) -> [String: Any] {
    let figure = drawing.figure
    var model: [String: Any] = [
      "id": figure.id, "title": figure.title, "caption": figure.caption,
      "width": String(figure.size.width), "height": String(figure.size.height),
      "source": "data:image/svg+xml;base64," + Data(drawing.svg).base64EncodedString(),
    ]
    if let files {
      model["files"] = ["path": "\(files)figures/\(figure.id).pdf", "name": "PDF"]
    }
    return model
  }
}
