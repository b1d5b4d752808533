import FoundationEssentials

/// What the kernel says of a process or a thread of this machine (proc_pid_stat(5)).
package struct ProcessStat {
  package let name: String
  private let fields: [Substring]

  /// nil if there is none.
  package init?(_ process: Int32) { self.init(folder: "/proc/\(process)") }

  /// - Parameter folder: of a process or a thread: `/proc/12`, `/proc/12/task/13`.
  package init?(folder: String) {
    guard let bytes = try? POSIXFileSystem().read("\(folder)/stat", atMost: 1 << 16) else {
      return nil
    }
    let text = String(decoding: bytes, as: UTF8.self)
    // 12 (name) S 1 12 12 …; the name may hold anything.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else {
      return nil
    }
    name = String(text[text.index(after: open)..<close])
    fields = text[text.index(after: close)...].split(separator: " ")
  }

  /// All processes, by their ids.
  package static var all: [Int32: ProcessStat] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.reduce(into: [:]) { all, name in
      if let process = Int32(name) { all[process] = ProcessStat(process) }
    }
  }

  /// A field by its number in the manual page; those up to the name are left out.
  package subscript(_ number: Int) -> Substring? {
    fields.indices.contains(number - 3) ? fields[number - 3] : nil
  }

  package var state: Character? { self[3]?.first }
  package var parent: Int32? { self[4].flatMap { Int32($0) } }
  package var session: Int32? { self[6].flatMap { Int32($0) } }
  /// In clock ticks since boot.
  package var start: UInt64? { self[22].flatMap { UInt64($0) } }
}
