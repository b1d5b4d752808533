import Experiments

/// A study as its report shows it.
public struct ReportedStudy: Sendable {
  /// How it was run: names and values, in the page's order.
  public typealias Provenance = [(name: String, value: String)]

  /// The comparison.
  public var analysis: StudyAnalysis
  /// The folder that it was read from.
  public var folder: String
  /// The config with every default written out.
  public var config: String
  /// Versions, machine, data, times.
  public var provenance: Provenance
  /// How many trials are in each state, where it isn't done.
  public var standing: String
  /// Whether every trial has finished.
  public var isComplete: Bool
  /// Whether a search chose its trials.
  public var isSearch: Bool

  /// A study from its parts.
  public init(
    analysis: StudyAnalysis, folder: String, config: String, provenance: Provenance,
    standing: String, isComplete: Bool, isSearch: Bool
  ) {
    self.analysis = analysis
    self.folder = folder
    self.config = config
    self.provenance = provenance
    self.standing = standing
    self.isComplete = isComplete
    self.isSearch = isSearch
  }

  /// The study's name.
  public var name: String { analysis.results.name }

  /// The paper's claims with their verdicts; nil where the study isn't about SReLU.
  var claims: ReportTable? {
    let claims = analysis.claims
    guard !claims.isEmpty else { return nil }
    return ReportTable(
      id: "claims", title: "The SReLU paper's claims",
      note: "Each verdict is this study's alone; the rule says what it would take to be supported.",
      columns: [
        ReportTable.Column("claim", "claim", isNumeric: false),
        ReportTable.Column("verdict", "verdict", isNumeric: false),
        ReportTable.Column("by", "rule", isNumeric: false),
        ReportTable.Column("numbers", "evidence", isNumeric: false),
      ],
      rows: claims.map { claim in
        let evidence = claim.evidence.map { "\($0.place): \($0.verdict.title); \($0.text)" }
        return [
          ReportTable.Field(claim.text), ReportTable.Field(claim.verdict.title),
          ReportTable.Field(claim.rule),
          ReportTable.Field(
            evidence.isEmpty ? "not part of this study" : evidence.joined(separator: ". ")),
        ]
      })
  }

  /// All tables but the list of trials.
  var tables: [ReportTable] { [claims].compactMap { $0 } + StudyTables.all(analysis) }
}

/// Several studies side by side.
enum SideBySide {
  /// Mean test accuracies: a row for each place and activation, a column for each study.
  static func table(_ studies: [ReportedStudy]) -> ReportTable? {
    guard studies.count > 1 else { return nil }
    struct Row: Hashable {
      var place: String
      var activation: ActivationSpec
    }
    var order: [Row] = []
    var values: [Row: [Int: SampleStatistics]] = [:]
    for (index, study) in studies.enumerated() {
      for place in study.analysis.places {
        for contestant in place.contestants {
          let row = Row(place: place.label, activation: contestant.activation)
          if values[row] == nil { order.append(row) }
          values[row, default: [:]][index] = SampleStatistics(
            place.values(.accuracy, of: contestant))
        }
      }
    }
    let rows = order.map { row -> [ReportTable.Field] in
      [ReportTable.Field(row.place), ReportTable.Field(row.activation.shortDisplayLabel)]
        + studies.indices.map { index in field(values[row]?[index]) }
    }
    return ReportTable(
      id: "side-by-side", title: "Test accuracy side by side",
      note: "Mean ± standard deviation over the seeds of each study.",
      columns: [
        ReportTable.Column("place", "place", isNumeric: false),
        ReportTable.Column("activation", "activation", isNumeric: false),
      ]
        + studies.enumerated().map { index, study in
          ReportTable.Column(study.name, "study_\(index + 1)")
        }, rows: rows)
  }

  private static func field(_ statistics: SampleStatistics?) -> ReportTable.Field {
    guard let statistics else { return ReportTable.Field(nil, NumberText.none) }
    let spread =
      statistics.standardDeviation.map { " ± " + NumberText.fixed($0, digits: 4) } ?? ""
    return ReportTable.Field(
      statistics.mean, NumberText.fixed(statistics.mean, digits: 4) + spread)
  }
}
