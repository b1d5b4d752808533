import Experiments

/// Several studies side by side.
enum SideBySide {
  /// Mean test accuracies: a row for each place and activation, a column for each study. A search's
  /// places, of which no other study has the like, have no rows; nil where none are left.
  static func table(_ studies: [ReportedStudy]) -> ReportTable? {
    guard studies.count > 1 else { return nil }
    struct Row: Hashable {
      var place: String
      var activation: ActivationSpec
    }
    var order: [Row] = []
    var values: [Row: [Int: SampleStatistics]] = [:]
    for (index, study) in studies.enumerated() where !study.isSearch {
      for place in study.analysis.places {
        for cell in place.cells {
          let row = Row(place: place.label, activation: cell.activation)
          if values[row] == nil { order.append(row) }
          values[row, default: [:]][index] = cell.statistics(.accuracy)
        }
      }
    }
    guard !order.isEmpty else { return nil }
    let rows = order.map { row -> [ReportTable.Field] in
      [ReportTable.Field(row.place), ReportTable.Field(row.activation.shortDisplayLabel)]
        + studies.indices.flatMap { Measure.accuracy.fields([values[row]?[$0]]) }
    }
    return ReportTable(
      id: "side-by-side", title: "Test accuracy side by side",
      note: "Mean ± standard deviation over the seeds of each study.",
      columns: [
        // In print the only place stands in the table's caption.
        ReportTable.Column(
          "place", "place", isNumeric: false, rank: Set(order.map(\.place)).count == 1 ? nil : 0),
        ReportTable.Column("activation", "activation", isNumeric: false),
      ]
        + studies.enumerated().map { index, study in
          ReportTable.Column(study.name, "study_\(index + 1)", rank: max(0, index - 1))
        }, rows: rows)
  }
}
