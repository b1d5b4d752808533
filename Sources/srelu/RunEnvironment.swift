import Coordinator
import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet

/// What a run is made with, for its journal and report.
enum RunEnvironment {
  /// Versions, machine and data by name. Called on the first rank.
  static func values(_ study: StudyConfig) -> [String: String] {
    var values = [
      "srelu": Version.number, "MPI": MPIRuntime.libraryVersion, "oneDNN": matrixLibraryVersion,
      "host of the first rank": LockOwner.current.host, "processor": processor,
      "ranks": String(Communicator.world.size),
    ]
    if let set = try? InstructionSet.chosen(environment: ProcessInfo.processInfo.environment) {
      values["instruction set"] = set.rawValue
    }
    for dataset in study.datasets {
      values["data: \(dataset.name)"] = source(of: dataset)
    }
    return values
  }

  private static func source(of dataset: DatasetSpec) -> String {
    switch dataset.source {
    case .builtin:
      let digests = KnownDataset(rawValue: dataset.name)?.digests ?? []
      return "SHA-256 of its files begins " + digests.joined(separator: ", ")
    case .idx(let folder): return "IDX files in \(folder)"
    case .csv(let file, let label, _): return "\(file), label \(label)"
    }
  }

  /// The processor's name, as the kernel gives it.
  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last.map(String.init)
    return name?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }
}
