import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet
import Storage
import Support

/// The versions, machine and data of a run, for its journal and report.
package enum RunEnvironment {
  package static func values(
    _ study: StudyConfig, search: DatasetSearch, version: String
  ) -> [String: String] {
    var values = [
      "srelu": version, "MPI": MPIRuntime.libraryVersion, Numerics.key: String(Numerics.current),
      "host of the first rank": HostName.own, "processor": processor,
      "ranks": String(Communicator.world.size),
    ]
    if let set = try? InstructionSet.chosen(environment: ProcessInfo.processInfo.environment) {
      values["instruction set"] = set.rawValue
    }
    for dataset in study.datasets {
      values["data: \(dataset.name)"] = source(of: dataset, search)
    }
    return values
  }

  private static let digestMark = "SHA-256 of its files begins "

  /// A data set's digests in the environment that a journal recorded.
  static func digests(of dataset: String, in environment: [String: String]) -> [String]? {
    guard let text = environment["data: \(dataset)"],
      let mark = text.range(of: digestMark, options: .backwards)
    else { return nil }
    return text[mark.upperBound...].components(separatedBy: ", ")
  }

  /// The origin and digests of a data set, which show later whether it has changed.
  private static func source(of dataset: DatasetSpec, _ search: DatasetSearch) -> String {
    let place = dataset.source.map { $0.format.summary(of: $0) + ", " } ?? ""
    guard let found = try? search.digests(of: dataset.name, dataset.source) else {
      return place + "not found"
    }
    return place + Self.digestMark + found.joined(separator: ", ")
  }

  private static var processor: String {
    let text = KernelFile.text("/proc/cpuinfo")
    let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last.map(String.init)
    return name?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }
}

extension StudyReader {
  /// The digests of the data that a saved model was trained on, from the journal of its study; nil
  /// without one.
  static func digestsOfData(for trial: Trial, modelIn folder: String) -> [String]? {
    let study = URL(fileURLWithPath: folder)
      .deletingLastPathComponent().deletingLastPathComponent()
    guard let records = try? StudyReader(folder: study.path).records() else { return nil }
    var (last, found): ([String: String], [String: String]?) = ([:], nil)
    for record in records {
      if case .environment(let values) = record.event { last = values }
      // The last environment before a trial's ending is that of the run that trained it.
      if case .ended(let summary) = record.event, summary.id == trial.id { found = last }
    }
    return found.flatMap { RunEnvironment.digests(of: trial.dataset.name, in: $0) }
  }
}
