import Datasets
import Experiments
import MPI
import Models
import Support

/// A study's data sets in memory, read by one rank of each host for all of its ranks.
///
/// Loading is collective over the host's ranks; after that, groups take their trials' data without
/// talking to each other.
package final class DataStore {
  private let local: Communicator
  private var entries: [DatasetSpec: any PlacedDataset] = [:]
  /// In the order of loading, in which all ranks free them.
  private var loaded: [any PlacedDataset] = []

  /// A store without data; collective over `world`.
  /// - Throws: `MPIError`.
  package init(world: Communicator) throws {
    local = try world.splitByHost()
  }

  /// Reads a data set on the host's first rank and shares it as its form asks; collective over the host.
  /// - Throws: `DatasetError` on the host's first rank and `HostLoadFailure` on the others;
  ///   `MPIError`.
  package func load(_ spec: DatasetSpec, search: DatasetSearch) throws {
    guard entries[spec] == nil else { return }
    var source: (any Dataset)?
    let form = try share {
      let read = try search.readToTrain(spec.name, spec.source)
      source = read
      return read.form
    }
    let placed: any PlacedDataset =
      switch form {
      case .bytes(let layout): try SharedImages(layout, from: source as? ImageDataset, on: local)
      case .numbers(let table): try LocalTable(table, from: source as? Table, on: local)
      }
    entries[spec] = placed
    loaded.append(placed)
  }

  /// A digest of a loaded data set on this host, the same for the same values; collective over the host,
  /// whose first rank computes it.
  /// - Throws: `MPIError`.
  package func digest(of spec: DatasetSpec) throws -> UInt64 {
    try local.broadcast(local.rank == 0 ? entry(spec).digest() : 0, root: 0)
  }

  /// The training and test samples of a trial whose data set was loaded.
  package func data(for trial: Trial) -> TrialData { entry(trial.dataset).data(seed: trial.seed) }

  /// Looks for values that the networks of some trials can't take, each with the split of its seed.
  /// - Throws: `DatasetError` with a value's file, line and column.
  package func checkValues(_ trials: [Trial]) throws {
    var seen: [DatasetSpec: Set<UInt64>] = [:]
    for trial in trials where seen[trial.dataset, default: []].insert(trial.seed).inserted {
      try entries[trial.dataset]?.checkValues(seed: trial.seed)
    }
  }

  /// Counts and shape of a loaded data set, for the cost of its trials.
  package func shape(of spec: DatasetSpec) -> DatasetShape { entry(spec).shape }

  private func entry(_ spec: DatasetSpec) -> any PlacedDataset {
    guard let entry = entries[spec] else { preconditionFailure("\(spec.name) was not loaded") }
    return entry
  }

  /// Gives the shared memory back; collective over the host.
  /// - Throws: `MPIError`.
  package func free() throws {
    for entry in loaded { try entry.free() }
    (entries, loaded) = ([:], [])
    try local.free()
  }

  /// The value that the host's first rank makes, on all its ranks.
  private func share<Value: Codable>(_ make: () throws -> Value) throws -> Value {
    let made = local.rank == 0 ? Result { try make() } : nil
    var failed = false
    if case .failure = made { failed = true }
    guard try local.broadcast(UInt8(failed ? 1 : 0), root: 0) == 0 else {
      if let made { _ = try made.get() }
      throw HostLoadFailure()
    }
    return try local.broadcast(message: try made?.get(), root: 0).unsafelyUnwrapped
  }
}

/// A data set as a rank has it, its features kept in one of the ways of `DatasetForm`.
protocol PlacedDataset: AnyObject {
  var shape: DatasetShape { get }
  /// The samples that a seed trains and tests on.
  func data(seed: UInt64) -> TrialData
  /// Throws a `DatasetError` for a value that a network can't take that is trained with a seed.
  func checkValues(seed: UInt64) throws
  /// The same for the same values.
  func digest() -> UInt64
  /// Gives shared memory back; collective over the host.
  func free() throws
}

/// The host's first rank could not read a data set; it has the reason.
package struct HostLoadFailure: ReportableError {
  package var description: String { "the host's first rank could not read the data set." }
  package var exitCode: ExitCode { .badData }
}
