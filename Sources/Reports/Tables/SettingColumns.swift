import Experiments

extension ReportTable.Column {
  /// Columns that are there even where all trials have the same default, as they were in earlier versions.
  private static let usual: Set = ["learning_rate", "batch_size"]

  /// The training settings that tell a table's trials apart or aren't at their defaults, a column each; none is
  /// printed.
  /// - Parameters:
  ///   - blocks: one for each row.
  ///   - columns: the table's other ones, whose keys are taken.
  static func settings(
    of blocks: [Block], besides columns: [ReportTable.Column]
  ) -> [ReportTable.Column] {
    let taken = Set(columns.map(\.key))
    return Block.fields(toldOf: blocks, and: usual).map { field in
      let isTaken = taken.contains(field.setting.column)
      let title = (isTaken ? "training " : "") + field.setting.symbol
      let key = (isTaken ? "training_" : "") + field.setting.column
      let values = blocks.map { field.value($0.training) }
      let numbers = values.map { $0?.number }
      return numbers.contains(nil)
        ? Self(title, key, rank: nil, values.map { $0?.text ?? "" })
        : Self(title, key, rank: nil, numbers, NumberText.setting)
    }
  }
}
