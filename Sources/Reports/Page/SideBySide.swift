import Experiments

enum SideBySide {
  /// Returns mean test accuracies: a row per block and activation, a column per study. A search's
  /// blocks, which no other study shares, are left out; nil where none remain.
  static func table(_ studies: [ReportedStudy]) -> ReportTable? {
    guard studies.count > 1 else { return nil }
    struct Row: Hashable {
      var block: String
      var activation: ActivationSpec
    }
    let cells = studies.enumerated().filter { !$1.isSearch }.flatMap { index, study in
      study.analysis.blocks.flatMap { block in
        block.cells.map {
          (row: Row(block: block.label, activation: $0.activation), index: index, cell: $0)
        }
      }
    }
    guard !cells.isEmpty else { return nil }
    let groups = cells.grouped { $0.row }
    let columns = studies.enumerated().map { index, study in
      ReportTable.Column(
        study.name, "study_\(index + 1)", rank: max(0, index - 1),
        numbers: groups.flatMap { group in
          let cell = group.elements.last { $0.index == index }?.cell
          return Measure.accuracy.fields([cell?.statistics(.accuracy)])
        })
    }
    return ReportTable(
      id: "side-by-side", title: "Test accuracy side by side",
      note: "Mean ± standard deviation over the seeds of each study.",
      columns: [
        ReportTable.Column.blocks(
          groups.map(\.key.block), isOnly: Set(groups.map(\.key.block)).count == 1),
        ReportTable.Column(
          "activation", "activation", groups.map(\.key.activation.shortDisplayLabel)),
      ] + columns)
  }
}
