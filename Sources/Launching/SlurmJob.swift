import Support

/// What Slurm says about a job's nodes.
package enum SlurmNodes {
  /// How many ranks the nodes have room for.
  package struct Room: Equatable {
    package var places: Int
    /// The same for each node as Slurm writes it: `36(x2),18`.
    package var tasksPerNode: String

    package init(places: Int, tasksPerNode: String) {
      self.places = places
      self.tasksPerNode = tasksPerNode
    }
  }

  /// Slurm may count hyperthreads, which a second rank gains nothing from.
  /// - Parameter text: what `scontrol --oneliner show node` says.
  /// - Returns: the CPUs per core; nil if the text doesn't tell.
  package static func cpusPerCore(_ text: String) -> Int? {
    let fields = text.prefix { !$0.isNewline }.split(separator: " ")
    func number(_ name: String) -> Int? {
      fields.first { $0.hasPrefix("\(name)=") }
        .flatMap { $0.dropFirst(name.count + 1).wholeMatch(of: /[1-9][0-9]{0,5}/) }
        .flatMap { Int($0.0) }
    }
    guard let cpus = number("CPUTot"), let sockets = number("Sockets"),
      let coresPerSocket = number("CoresPerSocket")
    else { return nil }
    return max(1, cpus / (sockets * coresPerSocket))
  }

  /// - Parameter list: the CPUs of each node, as `72(x2),36`.
  /// - Returns: nil if the list is malformed or has no room.
  package static func room(_ list: String, cpusPerRank: Int) -> Room? {
    var room = Room(places: 0, tasksPerNode: "")
    var entries: [String] = []
    for entry in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let match = entry.wholeMatch(of: /([1-9][0-9]{0,5})(\(x([1-9][0-9]{0,5})\))?/),
        let cpus = Int(match.1)
      else { return nil }
      room.places += cpus / cpusPerRank * (match.3.flatMap { Int($0) } ?? 1)
      entries.append("\(cpus / cpusPerRank)\(match.2 ?? "")")
    }
    room.tasksPerNode = entries.joined(separator: ",")
    return room.places > 0 ? room : nil
  }
}

/// Counts how often a job was requeued without progress. The count lies with the results, because the job may
/// resume on another node.
package struct RequeueLedger {
  package static let name = "slurm-requeues"

  /// The study's folder.
  private let folder: String
  private let job: String
  private var files: any FileSystem { POSIXFileSystem().within(folder) }

  package init(folder: String, job: String) {
    self.folder = folder
    self.job = job
  }

  /// Whether the job may be requeued, which is then counted. Nothing is read or written through a link.
  package func allows(progress: Int, atMost most: Int) -> Bool {
    let text = (try? files.read("\(folder)/\(Self.name)", atMost: 1 << 12)) ?? []
    let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    var (best, requeues) = (progress, 0)
    if words.count == 3, words[0] == job, let known = Self.number(words[1]),
      let count = Self.number(words[2]), known >= progress
    {
      (best, requeues) = (known, count)
    }
    guard requeues < most else { return false }
    let line = "\(job) \(best) \(requeues + 1)\n"
    do {
      try AtomicWriter(fileSystem: files, isDurable: false)
        .write([(Self.name, Array(line.utf8))], into: folder)
      return true
    } catch {
      return false
    }
  }

  private static func number(_ text: Substring) -> Int? {
    text.wholeMatch(of: /0|[1-9][0-9]{0,14}/) == nil ? nil : Int(text)
  }

  /// The study is done.
  package func remove() { files.remove("\(folder)/\(Self.name)") }
}
