/// Filters what mpirun or srun write to standard error. mpirun's pages stand between lines of dashes; from those
/// about ranks that ended only the rank and host that was killed is kept, because nobody else knows that. What
/// the program wrote stays, and so do other pages, without control characters.
package struct LauncherPages {
  /// What a page that was kept is about.
  package enum Subject: Sendable { case lostHost, other }

  package private(set) var subjects: Set<Subject> = []
  private let name: String
  private var line: [UInt8] = []
  /// The lines of the page that has begun.
  private var page: [UInt8]?

  /// Longer lines are split.
  private static let longestLine = 1 << 20

  /// - Parameter name: begins the lines that replace pages.
  package init(name: String) { self.name = name }

  /// Takes the next bytes.
  /// - Returns: what to show now.
  package mutating func take(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var shown: [UInt8] = []
    for byte in bytes {
      if byte != UInt8(ascii: "\n") { line.append(byte) }
      if byte == UInt8(ascii: "\n") || line.count >= Self.longestLine { shown += endLine() }
    }
    return shown
  }

  /// Takes the end.
  /// - Returns: what to show of the rest.
  package mutating func end() -> [UInt8] {
    let shown = line.isEmpty ? [] : endLine()
    return shown + endPage()
  }

  private mutating func endLine() -> [UInt8] {
    let bytes = Console.withoutControls(line)
    line = []
    if bytes.count >= 60, bytes.allSatisfy({ $0 == UInt8(ascii: "-") }) {
      guard page == nil else { return endPage() }
      page = []
      return []
    }
    guard page == nil else {
      page? += bytes + [UInt8(ascii: "\n")]
      return []
    }
    return Self.isNoise(String(decoding: bytes, as: UTF8.self)) ? [] : bytes + [UInt8(ascii: "\n")]
  }

  /// What mpirun, its libraries and srun say when ranks end, beside their pages.
  private static func isNoise(_ line: String) -> Bool {
    if ["mpirun: ", "prterun: "].contains(where: line.hasPrefix) {
      return ["Forwarding signal", "killing job", "abort is already"]
        .contains { line.contains(": \($0)") }
    }
    if line.hasPrefix("srun: ") {
      return line.contains(/^srun: error: [^ ]+: tasks? [^ ]+: Exited with exit code/)
        || line.contains(
          /^srun: (Job step aborted|Terminating |launch\/slurm: .*: Terminating )/)
    }
    return line.contains(/^slurmstepd: error: \*\*\* STEP .* CANCELLED/)
      || line.contains(/ORTE_ERROR_LOG: .*\/show_help\.c/)
      || [
        "sent help message help-", "orte_base_help_aggregate",
        "PMIX ERROR: PMIX_ERR_UNREACH in file", "ptl_tool: problems getting address",
        "opal_ifinit: unable to find network interfaces",
        "pmix_ifinit: unable to find network interfaces",
      ].contains(where: line.contains)
  }

  private mutating func endPage() -> [UInt8] {
    guard let bytes = page, !bytes.isEmpty else {
      page = nil
      return []
    }
    page = nil
    let text = String(decoding: bytes, as: UTF8.self).replacing("\n", with: " ")
    if let match = text.firstMatch(
      of: /process rank ([0-9]+).*on node ([^ ]+).*on +signal ([0-9]+)/)
    {
      return said("rank \(match.1) on \(match.2) was killed by signal \(match.3)")
    }
    if let match = text.firstMatch(of: /unexpectedly disconnected.*Peer host: +([^ ]+)/) {
      return said("a rank on \(match.1) is gone")
    }
    if text.contains(/listener thread failed|no available +interfaces were found/) {
      subjects.insert(.other)
      return said(
        "no network interface is up on this machine, and mpirun talks to its ranks through one: "
          + "ip link set lo up")
    }
    let isAboutEnds = [
      "MPI_ABORT was invoked", "non-zero", "exit code", "exit status", "exited due to process",
    ].contains(where: text.contains)
    if isAboutEnds { return [] }
    subjects.insert(text.contains("lost communication") ? .lostHost : .other)
    return bytes
  }

  private func said(_ text: String) -> [UInt8] { Array("\(name): \(text)\n".utf8) }
}
