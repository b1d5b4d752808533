import Datasets
import MPI
import Models
import NeuralNet

/// A table of which each rank has a copy.
final class LocalTable: PlacedDataset {
  private let table: Table

  /// Collective over the host; `source` is there on its first rank, and the others' table has no features.
  init(_ table: Table, from source: Table?, on local: Communicator) throws {
    var features = source?.features ?? Array(repeating: 0, count: table.rows * table.columns)
    try local.broadcast(&features, root: 0)
    var table = table
    table.features = features
    self.table = table
  }

  var shape: DatasetShape { table.shape }

  func checkValues(seed: UInt64) throws { try table.checkValues(seed: seed) }

  /// Its rows standardised with those that the seed trains on: nothing of the test rows goes into that.
  func data(seed: UInt64) -> TrialData {
    let (train, test) = table.split(seed: seed)
    let scaling = table.standardisation(by: train)
    let memory = [train, test].map { rows in
      (
        features: AlignedBuffer(holding: scaling.apply(table.features(of: rows))),
        labels: AlignedBuffer(holding: rows.map { table.labels[$0] })
      )
    }
    let sets = memory.map { part in
      SampleSet(
        features: .values(part.features.base), labels: part.labels.base, count: part.labels.count,
        shape: table.input)
    }
    return TrialData(
      train: sets[0], test: sets[1], classNames: table.classNames, owner: memory)
  }

  func digest() -> UInt64 {
    var digest = QuickDigest()
    table.features.withUnsafeBytes { digest.add($0) }
    table.labels.withUnsafeBytes { digest.add($0) }
    for name in table.columnNames + table.classNames { digest.add(name) }
    return digest.value
  }

  func free() {}
}
