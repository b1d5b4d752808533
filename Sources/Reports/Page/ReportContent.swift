import Experiments

/// The content of a study's report, each part computed once for all files that show it.
package struct ReportContent {
  /// With more blocks than this, none is shown individually.
  static let mostBlocks = 12

  let study: ReportedStudy
  package let answer: [String]
  /// The paper's claims with their verdicts, for scripts.
  let claims: [Claim]
  /// The claims for readers: with one seed, nine of them would say the same.
  let shownClaims: [Claim]
  /// nil where there are no claims.
  package let claimsTable: ReportTable?
  /// All tables of the page but those below.
  package private(set) var tables: [ReportTable]
  package private(set) var layers: [ReportTable]
  /// The study's activation functions.
  private(set) var functions: FunctionSection
  /// Every ended trial.
  package let trials: ReportTable
  package private(set) var figures: [Figure]
  /// Notes on what was left out, and why.
  package let notes: [String]
  /// Whether individual blocks are left out.
  let isCondensed: Bool

  package init(_ study: ReportedStudy) {
    self.study = study
    let analysis = study.analysis
    isCondensed = study.isSearch || analysis.blocks.count > Self.mostBlocks
    notes = Self.notes(study)
    // A search's trials are for selection, not for comparison.
    claims = study.isSearch ? [] : analysis.claims
    let hasOneSeed = OneSeed.isAll(of: analysis)
    shownClaims = hasOneSeed ? [] : claims
    let objective = study.objective
    let groups = isCondensed ? study.configurations : []
    answer = study.answer
    tables =
      isCondensed
      ? groups.compactMap { BestTable.table($0, by: objective) }
      : analysis.blocks.map(StudyTables.scores)
    if !study.isSearch {
      if !hasOneSeed { tables += StudyTables.pairings(analysis) }
      if let ranking = analysis.ranking { tables.append(StudyTables.ranks(ranking)) }
    }
    if !isCondensed {
      let confusions = StudyTables.confusions(analysis)
      if !confusions.rows.isEmpty { tables.append(confusions) }
    }
    layers =
      isCondensed
      ? []
      : analysis.blocks.compactMap(LayerTable.table)
        + analysis.blocks.compactMap(LearnedTable.table)
    functions = FunctionSection(analysis)
    figures =
      study.isSearch
      ? groups.compactMap {
        SearchFigure.figure($0, by: objective, isOrderKnown: !study.endingOrder.isEmpty)
      } : StudyFigures.all(analysis, perBlock: !isCondensed)
    // Tables and figures are anchors of one page.
    var names = Slug.unique(
      (tables + layers).map(\.id) + figures.map(\.id) + functions.entries.map(\.figure.id))[...]
    for index in tables.indices { tables[index].id = names.removeFirst() }
    for index in layers.indices { layers[index].id = names.removeFirst() }
    for index in figures.indices { figures[index].id = names.removeFirst() }
    for index in functions.entries.indices {
      functions.entries[index].figure.id = names.removeFirst()
    }
    claimsTable = ClaimsTable.table(shownClaims)
    trials = StudyTables.trials(analysis.results)
  }

  /// All figures, in the page's order.
  package var allFigures: [Figure] { functions.entries.map(\.figure) + figures }

  /// All tables, in the page's order.
  package var allTables: [ReportTable] {
    [claimsTable].compactMap { $0 } + tables + layers + [trials]
  }

  private static func notes(_ study: ReportedStudy) -> [String] {
    if study.isSearch {
      return [
        "A search tries most configurations once, so blocks aren't shown one by one, and the paper's "
          + "claims aren't judged: the tables hold the best \(BestTable.count) configurations of each "
          + "data set and network."
      ]
    }
    let count = study.analysis.blocks.count
    guard count > mostBlocks else { return [] }
    return [
      "There are \(count) blocks, too many to show each by itself: the tables hold the best "
        + "\(BestTable.count) configurations of each data set and network, and the subject against "
        + "each other activation."
    ]
  }
}

enum ClaimsTable {
  /// nil where there are no claims.
  static func table(_ claims: [Claim]) -> ReportTable? {
    guard !claims.isEmpty else { return nil }
    return ReportTable(
      id: "claims", title: "The SReLU paper's claims",
      note: "Each verdict is this study's alone; the rule says what it would take to be supported.",
      columns: [
        ReportTable.Column("claim", "claim", claims.map(\.text)),
        ReportTable.Column("verdict", "verdict", claims.map(\.verdict.title)),
        ReportTable.Column("by", "rule", rank: nil, claims.map(\.rule)),
        // A paper's column holds no more; the wide table has the rest.
        ReportTable.Column("numbers", "evidence", rank: nil, claims.map(numbers)),
      ])
  }

  private static func numbers(_ claim: Claim) -> String {
    claim.evidence.isEmpty
      ? "not part of this study"
      : claim.evidence.map { "\($0.block): \($0.verdict.title); \($0.text)" }
        .joined(separator: ". ")
  }
}
