import Datasets
import Experiments
import MPI
import NeuralNet
import Support

/// A study's data sets in memory: one copy per node, read by one rank of it and shared with the
/// others.
///
/// Loading is collective over the node's ranks; after that, groups take their trials' data without
/// talking to each other.
public final class DataStore {
  private enum Entry {
    case images(SharedImages)
    case table(Table, testFraction: Double)
  }

  private let node: Communicator
  private var entries: [DatasetSpec: Entry] = [:]

  /// A store without data; collective over `world`.
  ///
  /// - Throws: `MPIError`.
  public init(world: Communicator) throws {
    node = try world.splitByNode()
  }

  /// Reads a data set on the node's first rank and shares it; collective over the node.
  ///
  /// - Throws: `DatasetError` on the node's first rank and `NodeLoadFailure` on the others;
  ///   `MPIError`.
  public func load(_ spec: DatasetSpec, search: DatasetSearch) throws {
    guard entries[spec] == nil else { return }
    if let testFraction = spec.testFraction {
      entries[spec] = .table(
        try share { try Table(spec, search: search) }, testFraction: testFraction)
    } else {
      entries[spec] = .images(try shareImages { try ImageDataset(spec, search: search) })
    }
  }

  /// A digest of a loaded data set on this node, the same for the same values; collective over the node,
  /// whose first rank computes it.
  ///
  /// - Throws: `MPIError`.
  public func digest(of spec: DatasetSpec) throws -> UInt64 {
    try node.broadcast(node.rank == 0 ? ownDigest(of: spec) : 0, root: 0)
  }

  private func ownDigest(of spec: DatasetSpec) -> UInt64 {
    guard let entry = entries[spec] else { preconditionFailure("\(spec.name) was not loaded") }
    switch entry {
    case .images(let images): return images.digest()
    case .table(let table, _):
      var digest = QuickDigest()
      table.features.withUnsafeBytes { digest.add($0) }
      table.labels.withUnsafeBytes { digest.add($0) }
      for name in table.columnNames + table.classNames {
        Array(name.utf8).withUnsafeBytes { digest.add($0) }
      }
      return digest.value
    }
  }

  /// The training and test samples of a trial whose data set was loaded.
  public func data(for trial: Trial) -> TrialData {
    guard let entry = entries[trial.dataset] else {
      preconditionFailure("\(trial.dataset.name) was not loaded")
    }
    switch entry {
    case .images(let images): return images.data
    case .table(let table, let fraction):
      return TableSamples(table, trial: trial, testFraction: fraction).data
    }
  }

  /// Looks for values that can't be standardised in the tables of some trials, each with the split of
  /// its seed.
  ///
  /// - Throws: `DatasetError` with a value's file, line and column.
  public func checkStandardised(_ trials: [Trial]) throws {
    var seen: Set<Trial> = []
    for trial in trials {
      guard case .table(let table, let fraction)? = entries[trial.dataset] else { continue }
      // Of a trial only these two matter here.
      var key = trial
      key.activation = ActivationSpec(name: "")
      key.architecture = .ffnn
      key.training = TrainingSpec(epochs: 1)
      guard seen.insert(key).inserted else { continue }
      try table.checkStandardised(seed: trial.seed, testFraction: fraction)
    }
  }

  /// Counts and shape of a loaded data set, for the cost of its trials.
  public func shape(of spec: DatasetSpec) -> DatasetShape {
    guard let entry = entries[spec] else { preconditionFailure("\(spec.name) was not loaded") }
    switch entry {
    case .images(let images):
      let layout = images.layout
      return DatasetShape(
        input: ImageShape(height: layout.height, width: layout.width),
        classes: layout.classNames.count, trainCount: layout.trainCount,
        testCount: layout.testCount)
    case .table(let table, let fraction):
      let split = table.split(seed: 0, testFraction: fraction)
      return DatasetShape(
        input: spec.catalogueEntry?.shape.input ?? ImageShape(height: 1, width: table.columns),
        classes: table.classNames.count, trainCount: split.train.count,
        testCount: split.test.count)
    }
  }

  /// Gives the shared memory back; collective over the node.
  ///
  /// - Throws: `MPIError`.
  public func free() throws {
    let images = entries.values.compactMap { entry -> SharedImages? in
      if case .images(let images) = entry { images } else { nil }
    }
    // Collective calls need one order on all ranks; a dictionary has none.
    for set in images.sorted(by: { $0.order < $1.order }) { try set.free() }
    entries = [:]
    try node.free()
  }

  /// The value that the node's first rank makes, on all its ranks.
  private func share<Value: Codable>(_ make: () throws -> Value) throws -> Value {
    let made = node.rank == 0 ? Result { try make() } : nil
    var failed = false
    if case .failure = made { failed = true }
    guard try node.broadcast(UInt8(failed ? 1 : 0), root: 0) == 0 else {
      if let made { _ = try made.get() }
      throw NodeLoadFailure()
    }
    return try node.broadcast(message: try made?.get(), root: 0).unsafelyUnwrapped
  }

  private func shareImages(_ open: () throws -> ImageDataset) throws -> SharedImages {
    var source: ImageDataset?
    let layout = try share {
      let opened = try open()
      source = opened
      return opened.layout
    }
    let images = try SharedImages(layout, order: entries.count, node: node)
    if let source { images.fill(from: source) }
    try images.synchronise()
    return images
  }
}

/// The node's first rank could not read a data set; it has the reason.
public struct NodeLoadFailure: ReportableError {
  /// What happened.
  public var description: String { "the node's first rank could not read the data set." }
  /// Of the class "bad data".
  public var exitCode: ExitCode { .badData }
}

extension Table {
  /// The rows that a config names.
  ///
  /// - Throws: `DatasetError`.
  init(_ spec: DatasetSpec, search: DatasetSearch) throws {
    switch spec.source {
    case .csv(let file, let label, _): try self.init(csv: file, label: label)
    case .builtin, .idx: try self.init(spec.known, search: search)
    }
  }
}

extension ImageDataset {
  /// The images that a config names.
  ///
  /// - Throws: `DatasetError`.
  init(_ spec: DatasetSpec, search: DatasetSearch) throws {
    switch spec.source {
    case .idx(let folder): try self.init(folder: folder)
    case .builtin, .csv: try self.init(spec.known, search: search)
    }
  }
}

extension DatasetSpec {
  fileprivate var known: KnownDataset {
    guard let known = KnownDataset(rawValue: name) else {
      preconditionFailure("no data set is called \(name)")
    }
    return known
  }
}
