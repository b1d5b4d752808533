import Datasets
import Experiments
import Health
import MPI

/// Gets a study's data sets onto every host, or says which trials have to go without.
package enum StudyData {
  /// Loads what the study needs; collective over the job and over `world`, its ranks in groups.
  /// - Parameter check: called between data sets; throws where the study was asked to stop.
  /// - Returns: the reasons why data sets can't be had, by name, where the study skips their trials.
  /// - Throws: `AgreedFailure`, on every rank.
  package static func load(
    _ datasets: [DatasetSpec], policy: StudyConfig.MissingDataPolicy, search: DatasetSearch,
    into store: DataStore, job: JobHealth, world: Communicator, hosts: JobHosts,
    check: () throws -> Void, note: (String) -> Void
  ) throws -> [String: String] {
    let missing = try job.fromFirstRank {
      try findOrFetch(datasets, policy: policy, search: search, note: note)
    }
    for dataset in datasets where missing[dataset.name] == nil {
      try job.agreeing(check)
      try job.agreeing { try hosts.here { try store.load(dataset, search: search) } }
      if hosts.count > 1 { try compare(dataset, in: store, job, world, hosts) }
    }
    return missing
  }

  /// Copies on several hosts have to be the same; collective over `world`.
  private static func compare(
    _ dataset: DatasetSpec, in store: DataStore, _ job: JobHealth, _ world: Communicator,
    _ hosts: JobHosts
  ) throws {
    let digests = try world.allgather([try store.digest(of: dataset)])
    try job.agreeing {
      try UnequalData.check(dataset.name, zip(hosts.names, digests).map { ($0, $1) })
    }
  }

  /// Looks for the known data sets and fetches those that aren't there.
  private static func findOrFetch(
    _ datasets: [DatasetSpec], policy: StudyConfig.MissingDataPolicy, search: DatasetSearch,
    note: (String) -> Void
  ) throws -> [String: String] {
    var missing: [String: String] = [:]
    for dataset in datasets {
      guard let known = dataset.known else { continue }
      do {
        _ = try search.locate(known)
      } catch {
        do {
          try DatasetFetcher(target: search.target).fetch(known, note: note)
        } catch let error as DatasetError where policy == .skip && error.isMissing {
          missing[dataset.name] = error.description
        }
      }
    }
    return missing
  }
}
