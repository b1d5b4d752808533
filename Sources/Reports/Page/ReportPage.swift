import Crypto
import Experiments
import Foundation
import Mustache
import Support

/// The report as one HTML file: figures inline, nothing loaded, user text escaped.
struct ReportPage {
  /// A figure as it is embedded in the page.
  struct Drawing: Sendable {
    var figure: Figure
    var svg: [UInt8]
  }

  struct Section {
    var content: ReportContent
    var drawings: [Drawing]
    /// Notes for the reader, such as figures that couldn't be drawn.
    var notes: [String]
    /// Folder of the page's files, relative to it; nil where there are none.
    var files: String?
  }

  private let sections: [Section]
  /// The studies side by side; nil for a single one.
  private let sideBySide: ReportTable?
  /// Seconds between reloads by the browser; nil for never.
  private let refresh: Int?

  init(_ sections: [Section], sideBySide: ReportTable? = nil, refresh: Int? = nil) {
    self.sections = sections
    self.sideBySide = sideBySide
    self.refresh = refresh
  }

  func html() throws -> String {
    _ = PageEscaping.registered
    let library = MustacheLibrary(templates: [
      "table": try MustacheTemplate(string: PageTemplate.table),
      "evidence": try MustacheTemplate(string: PageTemplate.evidence),
      "figure": try MustacheTemplate(string: PageTemplate.figure),
      "page": try MustacheTemplate(string: PageTemplate.page),
    ])
    return library.render(model, withTemplate: "page") ?? ""
  }

  private var title: String {
    sections.map(\.content.study.name).joined(separator: ", ") + ": activation functions compared"
  }

  private var model: [String: Any] {
    var model: [String: Any] = [
      "title": title, "policy": policy, "style": PageTemplate.style,
      "script": PageTemplate.script, "studies": sections.enumerated().map(section),
    ]
    if let refresh { model["refresh"] = String(refresh) }
    if let sideBySide { model["overview"] = table(sideBySide, anchor: "", files: "") }
    return model
  }

  /// Nothing is loaded, and only the page's own script runs.
  private var policy: String {
    let digest = Data(SHA256.hash(data: Data(PageTemplate.script.utf8))).base64EncodedString()
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
      + "script-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'"
  }

  private func section(_ index: Int, _ section: Section) -> [String: Any] {
    let (content, study, files) = (section.content, section.content.study, section.files)
    // Tables of several studies may share names.
    let anchor = sections.count > 1 ? "study-\(index + 1)-" : ""
    let own = Set(content.functions.entries.map(\.figure.id))
    let drawings = section.drawings.filter { !own.contains($0.figure.id) }
    let isConfusion = { (drawing: Drawing) in drawing.figure.id.hasPrefix("confusion-") }
    let confusions = drawings.filter(isConfusion)
    var model: [String: Any] = [
      "anchor": "study-\(index + 1)", "notes": section.notes, "remarks": Remarks.of(study.analysis),
      "tables": content.tables.map { table($0, anchor: anchor, files: files) },
      "figures": drawings.filter { !isConfusion($0) }.map { figure($0, anchor, files) },
      "hasConfusions": !confusions.isEmpty,
      "confusions": confusions.map { figure($0, anchor, files) },
      "hasLayers": !content.layers.isEmpty,
      "layers": content.layers.map { table($0, anchor: anchor, files: files) },
      "provenance": study.provenance.map { ["name": $0.name, "value": $0.value] },
      "config": study.config,
    ]
    let (shown, folded) = ReportPage.folded(content.answer)
    model["answer"] = shown
    if !content.functions.entries.isEmpty {
      model["functions"] = functions(section, anchor)
    }
    if !folded.isEmpty { model["more"] = ["sentences": folded, "count": String(folded.count)] }
    if sections.count > 1 { model["heading"] = study.name }
    if !study.isComplete { model["standing"] = study.standing }
    if !content.trials.rows.isEmpty {
      model["trials"] = table(content.trials, anchor: anchor, files: files)
    }
    if let claimsTable = content.claimsTable {
      var claims = table(claimsTable, anchor: anchor, files: files)
      claims["rows"] = content.shownClaims.map(claim)
      model["claims"] = claims
    }
    return model
  }

  private func functions(_ section: Section, _ anchor: String) -> [String: Any] {
    let entries = section.content.functions.entries.map { entry -> [String: Any] in
      var model: [String: Any] = [
        "name": entry.activation.shortDisplayLabel,
        "rows": entry.rows.map { ["name": $0.name, "value": $0.value] },
        "latex": entry.card.latex, "derivative": entry.card.derivativeLatex,
      ]
      if let drawing = section.drawings.first(where: { $0.figure.id == entry.figure.id }) {
        model["figure"] = figure(drawing, anchor, section.files)
      }
      return model
    }
    var model: [String: Any] = ["entries": entries]
    if let note = section.content.functions.note { model["note"] = note }
    return model
  }

  /// Returns the sentences shown at once, and those that a reader may unfold.
  static func folded(_ answer: [String]) -> (shown: [String], folded: [String]) {
    let limit = ReportContent.mostBlocks + 2
    guard answer.count > limit else { return (answer, []) }
    return ([answer[0], answer[answer.count - 1]], Array(answer[1..<(answer.count - 1)]))
  }

  private func claim(_ claim: Claim) -> [String: Any] {
    let evidence = claim.evidence.map {
      ["block": $0.block, "verdict": $0.verdict.title, "text": $0.text]
    }
    var model: [String: Any] = [
      "text": claim.text, "rule": claim.rule, "verdict": claim.verdict.title,
      "kind": claim.verdict.rawValue,
    ]
    if evidence.count > ReportContent.mostBlocks {
      model["many"] = ["evidence": evidence, "count": String(evidence.count)] as [String: Any]
    } else {
      model["evidence"] = evidence
      model["isMissing"] = evidence.isEmpty
    }
    return model
  }

  private func table(_ table: ReportTable, anchor: String, files: String?) -> [String: Any] {
    var model: [String: Any] = [
      "id": anchor + table.id, "title": table.title, "note": table.note,
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
      let full = LaTeXTable(table).full == nil ? [] : [("-full.tex", "LaTeX, all columns")]
      let links = [(".csv", "CSV"), (".tex", "LaTeX")] + full
      model["files"] = [
        "links": links.map { ["path": "\(files)tables/\(table.id)\($0)", "name": $1] }
      ]
    }
    return model
  }

  private func figure(_ drawing: Drawing, _ anchor: String, _ files: String?) -> [String: Any] {
    let figure = drawing.figure
    var model: [String: Any] = [
      "id": anchor + figure.id, "title": figure.title, "caption": figure.caption,
      "width": String(figure.size.width), "height": String(figure.size.height),
      "source": "data:image/svg+xml;base64," + Data(drawing.svg).base64EncodedString(),
    ]
    if let files {
      model["files"] = ["path": "\(files)figures/\(figure.id).pdf", "name": "PDF"]
    }
    return model
  }
}
