import FoundationEssentials
import Glibc

/// A process as /proc shows it.
package struct ProcessEntry {
  package let process: pid_t
  /// Its command line.
  package let words: [String]

  /// All of this machine that can be seen, but for this one.
  package static var all: [ProcessEntry] {
    Files.names("/proc").compactMap(pid_t.init).filter { $0 != getpid() }.compactMap { process in
      let words = Self.words("/proc/\(process)/cmdline")
      return words.isEmpty ? nil : ProcessEntry(process: process, words: words)
    }
  }

  /// Where the program that this process runs lies.
  package static var ownProgram: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  /// Whether one of its words holds a text, as a path.
  package func mentions(_ text: String) -> Bool { words.contains { $0.contains(text) } }

  /// Whether it is a rank of a study.
  package var isRank: Bool {
    words.count > 1 && words[0].hasSuffix("/srelu") && words[1] == "sweep"
  }

  /// Whether it is what starts ranks. Open MPI 5's mpirun becomes prterun.
  package var isLauncher: Bool {
    ["mpirun", "prterun"].contains(words[0].split(separator: "/").last.map(String.init))
  }

  /// A variable of the environment that it was started with.
  package func variable(_ name: String) -> String? {
    Self.words("/proc/\(process)/environ").first { $0.hasPrefix("\(name)=") }
      .map { String($0.dropFirst(name.count + 1)) }
  }

  /// Ends those whose command line or folder is in the folder at hand.
  package static func endAll(mentioning folder: String) {
    for entry in all where entry.mentions(folder) || entry.folder.hasPrefix(folder) {
      kill(entry.process, SIGKILL)
    }
  }

  private var folder: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")) ?? ""
  }

  private static func words(_ file: String) -> [String] {
    (Files.bytes(file) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
