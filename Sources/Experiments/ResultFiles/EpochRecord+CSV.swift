import Support

extension EpochRecord {
  package static let csvColumns = [
    "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds",
    "sampled_train_loss", "sampled_train_accuracy", "step_seconds",
  ]

  /// The fields of one row of `progress.csv`: numbers round-trip, and missing ones are empty.
  package var csvFields: [String] {
    [String(epoch)]
      + [trainLoss, trainAccuracy, testLoss, testAccuracy, seconds].map(canonicalText(of:))
      + [sampledTrainLoss, sampledTrainAccuracy, stepSeconds].map {
        $0.map(canonicalText(of:)) ?? ""
      }
  }

  package static func csv(_ records: [EpochRecord]) -> String {
    CSV.text([csvColumns] + records.map(\.csvFields))
  }

  /// Returns the records from the text of a `progress.csv`, without their layers.
  /// - Throws: `ResultFileError` with the faulty line.
  package static func records(csv text: String) throws(ResultFileError) -> [EpochRecord] {
    let rows = try CSV.rows(text)
    guard rows.first == csvColumns else {
      throw ResultFileError(
        message: "line 1: expected \(csvColumns.joined(separator: ",")), found "
          + (rows.first?.joined(separator: ",") ?? "nothing"))
    }
    var records: [EpochRecord] = []
    for (index, row) in rows.enumerated().dropFirst() {
      let numbers = row.dropFirst().map(Double.init)
      guard row.count == csvColumns.count, let epoch = Int(row[0]),
        (1...epochLimit).contains(epoch),
        !zip(row.dropFirst(), numbers).contains(where: { $1 == nil && !$0.isEmpty }),
        !numbers[..<5].contains(nil)
      else {
        throw ResultFileError(
          message: "line \(index + 1): expected an epoch and \(csvColumns.count - 1) numbers, "
            + "found "
            + row.joined(separator: ","))
      }
      records.append(
        EpochRecord(
          epoch: epoch, trainLoss: numbers[0] ?? 0, trainAccuracy: numbers[1] ?? 0,
          testLoss: numbers[2] ?? 0, testAccuracy: numbers[3] ?? 0, seconds: numbers[4] ?? 0,
          sampledTrainLoss: numbers[5], sampledTrainAccuracy: numbers[6], stepSeconds: numbers[7]))
    }
    return records
  }
}
