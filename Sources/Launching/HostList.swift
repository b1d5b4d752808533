import Support

/// The hosts of a job, the first of which is this machine.
package struct HostList: Equatable {
  package struct Host: Equatable {
    package var name: String
    /// Its ranks; nil for one per core.
    package var slots: Int?
  }

  package private(set) var hosts: [Host] = []

  /// Reads `alpha:8,beta:8`, and then a hostfile as Open MPI has it: `alpha slots=8`, one host per line. Only
  /// plain names and numbers get near a command line.
  /// - Parameters:
  ///   - list: the first, or nothing.
  ///   - hostfile: its text and its path.
  package init(_ list: String, hostfile: (text: String, path: String)? = nil) throws(Refusal) {
    var entries = list.split(separator: ",", omittingEmptySubsequences: false)
    if entries.last == "" { entries.removeLast() }
    for entry in entries {
      let parts = entry.split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      try add(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    guard let hostfile else { return }
    for line in hostfile.text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }
      let parts = words.split { $0 == " " || $0 == "\t" }
      guard let name = parts.first else { continue }
      let rest = parts.dropFirst().joined(separator: " ")
      guard let match = rest.wholeMatch(of: /(?:slots=([0-9]+)(?: max[-_]slots=[0-9]+)?)?/) else {
        throw Refusal(.usage, "\(hostfile.path): '\(words)': expected NAME slots=N")
      }
      try add(String(name), String(match.1 ?? ""))
    }
  }

  private mutating func add(_ name: String, _ slots: String) throws(Refusal) {
    if name.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9._-]{0,250}[A-Za-z0-9])?/) == nil {
      throw Refusal(.usage, "'\(name)' is not a host name")
    }
    if slots.wholeMatch(of: /([1-9][0-9]{0,3})?/) == nil {
      throw Refusal(.usage, "\(name): '\(slots)' is not a valid number of ranks")
    }
    if hosts.contains(where: { $0.name == name }) {
      throw Refusal(.usage, "\(name) is listed twice")
    }
    hosts.append(Host(name: name, slots: Int(slots)))
  }

  /// Gives each host without a number of ranks one per so many of its cores.
  mutating func fill(threads: Int, cores: (String) -> Int) {
    for index in hosts.indices where hosts[index].slots == nil {
      hosts[index].slots = max(1, cores(hosts[index].name) / threads)
    }
  }

  var total: Int { hosts.reduce(0) { $0 + ($1.slots ?? 0) } }

  /// As Open MPI reads it.
  var hostfile: String { hosts.map { "\($0.name) slots=\($0.slots ?? 1)\n" }.joined() }
}
