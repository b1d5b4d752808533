extension EpochRecord {
  /// The columns of `progress.csv`.
  public static let csvColumns = [
    "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds",
  ]

  /// The fields of one row of `progress.csv`; numbers read back as the same numbers.
  public var csvFields: [String] {
    [String(epoch)]
      + [trainLoss, trainAccuracy, testLoss, testAccuracy, seconds].map(canonicalText(of:))
  }

  /// The text of `progress.csv`.
  public static func csv(_ records: [EpochRecord]) -> String {
    CSV.text([csvColumns] + records.map(\.csvFields))
  }

  /// The records that the text of a `progress.csv` holds.
  /// - Throws: `ResultFileError` with the line that isn't as it should be.
  public static func records(csv text: String) throws(ResultFileError) -> [EpochRecord] {
    let rows = try CSV.rows(text)
    guard rows.first == csvColumns else {
      throw ResultFileError(
        message: "line 1: expected \(csvColumns.joined(separator: ",")), found "
          + (rows.first?.joined(separator: ",") ?? "nothing"))
    }
    var records: [EpochRecord] = []
    for (index, row) in rows.enumerated().dropFirst() {
      let numbers = row.dropFirst().compactMap(Double.init)
      guard row.count == csvColumns.count, numbers.count == row.count - 1,
        let epoch = Int(row[0])
      else {
        throw ResultFileError(
          message: "line \(index + 1): expected \(csvColumns.count) numbers, found "
            + row.joined(separator: ","))
      }
      records.append(
        EpochRecord(
          epoch: epoch, trainLoss: numbers[0], trainAccuracy: numbers[1], testLoss: numbers[2],
          testAccuracy: numbers[3], seconds: numbers[4]))
    }
    return records
  }
}
