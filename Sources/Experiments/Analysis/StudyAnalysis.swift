/// A study's comparison: the activation that it is about against all others, place by place.
public struct StudyAnalysis: Sendable {
  /// What was measured.
  public let results: StudyResults
  /// The activation that the study is about; nil for a study without activations.
  public let subject: ActivationSpec?
  /// Each data set × network, in the study's order.
  public let places: [PlaceComparison]
  /// Activations over all places by mean test accuracy; nil with fewer than two of either.
  public let ranking: Ranking?

  /// Activations ranked over the places where all of them finished.
  public struct Ranking: Sendable {
    /// The activations, in the order of the test's columns.
    public let activations: [ActivationSpec]
    /// The test.
    public let test: FriedmanTest
  }

  /// The analysis of a study.
  /// - Parameter subject: the name, or the label with parameters, of the activation that the study is
  ///   about: SReLU where it takes part, in the paper's setting if it has several, else the config's
  ///   last.
  public init(_ results: StudyResults, subject name: String? = nil) {
    self.results = results
    let chosen = Self.subject(among: results.activations, named: name)
    subject = chosen
    let groups = Cell.all(of: results.finished).grouped(by: \.place)
    let labels = Place.labels(of: groups.map(\.key))
    places = groups.map { place, cells in
      PlaceComparison(
        place: place, label: labels[place] ?? "", cells: cells, subject: chosen,
        testToTrain: results.testToTrain[place.dataset])
    }
    ranking = Self.ranking(places)
  }

  private static func matches(_ activation: ActivationSpec, _ name: String) -> Bool {
    [activation.name, activation.label].contains(name)
  }

  private static func subject(among activations: [ActivationSpec], named name: String?)
    -> ActivationSpec?
  {
    if let name { return activations.first { matches($0, name) } }
    let own = activations.filter { $0.name == "srelu" }
    let usual = ActivationCatalogue.entry(named: "srelu")?.resolved()
    return own.first { $0 == usual } ?? own.first ?? activations.last
  }

  private static func ranking(_ places: [PlaceComparison]) -> Ranking? {
    var common = places.first?.cells.map(\.activation) ?? []
    for place in places {
      let here = Set(place.cells.map(\.activation))
      common.removeAll { !here.contains($0) }
    }
    let rows = places.map { place in
      common.map { activation -> Double in
        place.cells.first { $0.activation == activation }?.statistics(.accuracy)?.mean ?? 0
      }
    }
    return FriedmanTest(rows).map { Ranking(activations: common, test: $0) }
  }
}
