import Cluster
import Datasets
import Experiments
import Foundation
import MPI
import Models
import NeuralNet
import Support

/// The doctor's checks of one machine.
package enum MachineChecks {
  package static func all(
    outputDirectory: String, search: DatasetSearch, version: String
  ) -> [Finding] {
    versions(version) + [instructionSet(), crossMemoryAttach(), sharedMemory()]
      + datasets(search) + [writing(to: outputDirectory)]
  }

  private static func versions(_ version: String) -> [Finding] {
    [
      Finding("srelu", .ok, version),
      Finding("Open MPI", .ok, MPIRuntime.libraryVersion),
    ]
  }

  private static func instructionSet() -> Finding {
    let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    do {
      let chosen = try InstructionSet.chosen(environment: ProcessInfo.processInfo.environment)
      return Finding("instruction set", .ok, "\(chosen.rawValue) (this machine runs \(available))")
    } catch {
      return Finding(
        "instruction set", .problem, "\(error)",
        advice: "unset \(InstructionSet.environmentVariable)")
    }
  }

  /// Open MPI moves large messages within a host by reading the other process's memory.
  private static func crossMemoryAttach() -> Finding {
    let path = "/proc/sys/kernel/yama/ptrace_scope"
    guard let scope = KernelFile.text(path), scope != "0", geteuid() != 0 else {
      return Finding("cross-memory attach", .ok, "permitted (one copy per message within a host)")
    }
    return Finding(
      "cross-memory attach", .warning, "\(path) is \(scope): each message is copied twice",
      advice: "echo 0 | sudo tee \(path), or mpirun "
        + withoutCrossMemoryAttach(MPIRuntime.libraryVersion) + " to silence Open MPI's warning")
  }

  /// The mpirun flag that turns it off; Open MPI 5 renamed it.
  package static func withoutCrossMemoryAttach(_ version: String) -> String {
    let major = version.drop { !$0.isNumber }.prefix { $0.isNumber }
    return (Int(major) ?? 4) < 5
      ? "--mca btl_vader_single_copy_mechanism none" : "--mca smsc ^cma"
  }

  private static func sharedMemory() -> Finding {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: "/dev/shm")
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else {
      return Finding(
        "/dev/shm", .problem, "not there: ranks of a host could not share the data sets",
        advice: "mount -t tmpfs tmpfs /dev/shm")
    }
    let megabytes = free / 1_000_000
    let enough = megabytes >= 512
    return Finding(
      "/dev/shm", enough ? .ok : .warning, "\(megabytes) MB free",
      advice: enough
        ? nil : "512 MB are enough for every data set; in a container: --shm-size=1g")
  }

  private static func datasets(_ search: DatasetSearch) -> [Finding] {
    KnownDataset.all.map { dataset in
      do {
        let place = try search.locate(dataset)
        return Finding(dataset.name, .ok, place.path)
      } catch {
        return Finding(
          dataset.name, .warning, "not found", advice: "srelu data fetch \(dataset.name)")
      }
    }
  }

  private static func writing(to directory: String) -> Finding {
    var folder = URL(fileURLWithPath: directory)
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    let writable = FileManager.default.isWritableFile(atPath: folder.path)
    return Finding(
      "results", writable ? .ok : .problem,
      writable ? "\(directory) can be written" : "\(folder.path) cannot be written",
      advice: writable ? nil : "choose another folder with --output-dir")
  }
}
