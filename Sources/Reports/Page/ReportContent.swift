import Experiments

/// What a report says of a study, each part computed once, however many files show it.
package struct ReportContent {
  /// More blocks than this aren't shown one by one.
  static let mostBlocks = 12

  /// The study.
  let study: ReportedStudy
  /// The answer in words.
  package let answer: [String]
  /// The paper's claims with their verdicts, for scripts.
  let claims: [Claim]
  /// Those that a reader is shown: with one seed they would say so nine times.
  let shownClaims: [Claim]
  /// The claims as a table; nil where there are none.
  package let claimsTable: ReportTable?
  /// All other tables of the page but those below.
  package let tables: [ReportTable]
  /// The hidden layers of each block.
  package let layers: [ReportTable]
  /// Every trial that ended.
  package let trials: ReportTable
  /// The figures.
  package let figures: [Figure]
  /// What was left out, and why.
  package let notes: [String]
  /// Whether blocks are left out one by one.
  let isCondensed: Bool

  /// Everything that the report says of a study.
  package init(_ study: ReportedStudy) {
    self.study = study
    let analysis = study.analysis
    let condensed = study.isSearch || analysis.blocks.count > Self.mostBlocks
    isCondensed = condensed
    notes = Self.notes(study)
    // A search's trials are there to be picked from, not to be compared.
    claims = study.isSearch ? [] : analysis.claims
    let hasOneSeed = OneSeed.isAll(of: analysis)
    shownClaims = hasOneSeed ? [] : claims
    let objective = study.objective
    let groups = condensed ? study.configurations : []
    answer = Self.answer(study, groups)

    var tables =
      condensed
      ? groups.compactMap { BestTable.table($0, by: objective) }
      : analysis.blocks.map(StudyTables.scores)
    if !study.isSearch {
      if !hasOneSeed { tables += StudyTables.pairings(analysis) }
      if let ranking = analysis.ranking { tables.append(StudyTables.ranks(ranking)) }
    }
    if !condensed {
      let confusions = StudyTables.confusions(analysis)
      if !confusions.rows.isEmpty { tables.append(confusions) }
    }
    let layers = condensed ? [] : analysis.blocks.compactMap(LayerTable.table)
    let figures =
      study.isSearch
      ? groups.compactMap {
        SearchFigure.figure($0, by: objective, isOrderKnown: !study.endingOrder.isEmpty)
      } : StudyFigures.all(analysis, perBlock: !condensed)
    // Tables and figures are anchors of one page.
    let names = Slug.unique((tables + layers).map(\.id) + figures.map(\.id))
    var next = names.makeIterator()
    self.tables = tables.map { $0.named(next.next()) }
    self.layers = layers.map { $0.named(next.next()) }
    self.figures = figures.map { $0.named(next.next()) }
    claimsTable = ClaimsTable.table(shownClaims)
    trials = StudyTables.trials(analysis.results)
  }

  /// The answer in words.
  /// - Parameter groups: a search's configurations.
  static func answer(_ study: ReportedStudy, _ groups: @autoclosure () -> [ConfigurationGroup])
    -> [String]
  {
    if study.isSearch {
      return SearchAnswer.sentences(
        groups(), results: study.analysis.results, by: study.objective, draws: study.draws)
    }
    return OneSeed.answer(study) ?? study.analysis.answer
  }

  /// Every table, in the page's order.
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

extension ReportTable {
  /// The table under another name.
  fileprivate func named(_ name: String?) -> ReportTable {
    var table = self
    table.id = name ?? id
    return table
  }
}

extension Figure {
  /// The figure under another name.
  fileprivate func named(_ name: String?) -> Figure {
    var figure = self
    figure.id = name ?? id
    return figure
  }
}

/// The paper's claims as a table.
enum ClaimsTable {
  /// nil where there are none.
  static func table(_ claims: [Claim]) -> ReportTable? {
    guard !claims.isEmpty else { return nil }
    return ReportTable(
      id: "claims", title: "The SReLU paper's claims",
      note: "Each verdict is this study's alone; the rule says what it would take to be supported.",
      columns: [
        ReportTable.Column("claim", "claim", isNumeric: false),
        ReportTable.Column("verdict", "verdict", isNumeric: false),
        ReportTable.Column("by", "rule", isNumeric: false, rank: nil),
        // A column of a paper holds no more: the rest of the line is in the wide table.
        ReportTable.Column("numbers", "evidence", isNumeric: false, rank: nil),
      ],
      rows: claims.map { claim in
        let evidence = claim.evidence.map { "\($0.block): \($0.verdict.title); \($0.text)" }
        return [
          ReportTable.Field(claim.text), ReportTable.Field(claim.verdict.title),
          ReportTable.Field(claim.rule),
          ReportTable.Field(
            evidence.isEmpty ? "not part of this study" : evidence.joined(separator: ". ")),
        ]
      })
  }
}
