import Cluster
import Foundation
import Launching
import Storage
import Support
import TestSupport
import Testing

@Suite struct JobArgumentsTests {
  private func read(
    _ words: String..., kind: JobArguments.Kind = .local
  ) throws -> JobArguments {
    try JobArguments(words, kind: kind, caller: CallersFolder(path: "/tmp"))
  }

  @Test func whatIsNotKnownIsThePrograms() throws {
    let arguments = try read(
      "sweep", "--ranks=3", "s.yaml", "--threads", "2", "--json", "--output-dir", "out", "--set",
      "a=b", "--no-report")
    #expect(arguments.config == "s.yaml" && arguments.ranks == 3 && arguments.threads == 2)
    #expect(arguments.output == "/tmp/out" && !arguments.writesReport)
    #expect(
      arguments.sweepFlags == [
        "--set", "threads-per-rank=2", "--json", "--output-dir", "/tmp/out", "--set", "a=b",
      ])
  }

  @Test func anotherCommandHasTheRest() throws {
    let arguments = try read("--ranks", "1", "plan", "s.yaml", "--help", "--ranks", "x")
    #expect(arguments.command == ["plan", "s.yaml", "--help", "--ranks", "x"])
    #expect(arguments.config == nil && arguments.ranks == 1)
  }

  @Test(arguments: ["x", "0", "-1", "08", "1e3", "9999999", ""])
  func whatIsNoNumberIsRefused(value: String) {
    #expect(throws: Refusal.self) { try read("--ranks", value) }
  }

  @Test func flagsOfOtherLaunchersAreThePrograms() throws {
    #expect(try read("--bind", "s.yaml").sweepFlags == ["--bind"])
    #expect(try read("--bind", "none", kind: .hosts).own == ["--bind": "none"])
    #expect(throws: Refusal.self) { try read("a.yaml", "b.yaml") }
    #expect(throws: Refusal.self) { try read("--ranks") }
    #expect(throws: JobArguments.AsksForHelp.self) { try read("a.yaml", "-h") }
  }
}

@Suite struct HostTests {
  @Test func hostsAreReadFromAListAndAFile() throws {
    let list = try HostList(
      "alpha:8,beta", hostfile: ("# ours\n gamma slots=4 max-slots=8 # last\n\ndelta\n", "f"))
    #expect(list.hosts.map(\.name) == ["alpha", "beta", "gamma", "delta"])
    #expect(list.hosts.map(\.slots) == [8, nil, 4, nil])
  }

  @Test(
    arguments: [
      "beta;true", "-oProxyCommand=true", "a$(true)", "", "a,,b", "a:0", "a:x", "a:1,a:2",
      "a:a[$(touch x)]", "é",
    ])
  func whatIsNoHostIsRefused(list: String) {
    #expect(throws: Refusal.self) {
      guard !list.isEmpty else { throw Refusal(.usage, "") }
      _ = try HostList(list)
    }
  }

  @Test func aHostfileHasNothingElse() {
    for line in ["beta slots=a[$(touch x)]", "beta 4", "beta slots=4 slots=4"] {
      #expect(throws: Refusal(.usage, "f: '\(line)': expected NAME slots=N")) {
        try HostList("", hostfile: (line + "\n", "f"))
      }
    }
  }

  private static let sound = [
    "cores 3", "mpi mpirun (Open MPI) 4.1.4", "build 0123456789abcdef",
  ]

  private func answers(_ lines: [String]) throws -> HostAnswers {
    try HostAnswers(Array(lines.map { "\($0)\n" }.joined().utf8))
  }

  @Test func aHostsAnswersAreLookedAt() throws {
    let first = try answers(["Welcome! \u{1b}[31m"] + Self.sound)
    #expect(first.cores == 3 && first.mpi == "mpirun (Open MPI) 4.1.4")
    func problem(_ lines: [String]) throws -> String? {
      try answers(lines).problem(beside: first, called: "alpha", program: "/p")
    }
    let sound = Self.sound
    #expect(try problem(sound) == nil)
    #expect(try problem(["cores 4096"] + sound[1...]) == nil)
    #expect(
      try problem(["cores 4097"] + sound[1...])
        == "claims 4097 cores, and more than 4096 are not plausible")
    #expect(try problem([sound[0], "mpi none", sound[2]])?.contains("is missing") == true)
    #expect(try problem([sound[0], sound[1], "build none"])?.hasPrefix("there is no /p") == true)
    #expect(
      try problem([sound[0], "mpi mpirun (Open MPI) 4.0.3", sound[2]])
        == "has mpirun (Open MPI) 4.0.3, but alpha has mpirun (Open MPI) 4.1.4: they are incompatible"
    )
  }

  @Test(
    arguments: [
      "threads[$(touch x)]", "", "0", "-1", "08", "1e3", "99999999999999999999", "3; true",
      "\u{1b}[2J3", "$((1))",
    ])
  func whatIsNoAnswerIsNeitherCountedNorShown(cores: String) {
    let shown = cores.replacing("\u{1b}", with: "?")
    #expect(throws: HostAnswers.NoAnswer(key: "cores", words: "cores \(shown)")) {
      try answers(["cores \(cores)"] + Self.sound[1...])
    }
  }
}

@Suite struct SlurmTests {
  @Test func coresAreCounted() {
    let local = "NodeName=n Arch=x86_64 CoresPerSocket=36 CPUAlloc=0 CPUTot=144 Sockets=2"
    #expect(SlurmNodes.cpusPerCore(local) == 2)
    #expect(SlurmNodes.cpusPerCore("CPUTot=2 Sockets=1 CoresPerSocket=2\nCPUTot=9") == 1)
    for cores in ["a[$(touch x)]", "", "08", "0"] {
      #expect(SlurmNodes.cpusPerCore("CPUTot=2 Sockets=1 CoresPerSocket=\(cores)") == nil)
    }
  }

  @Test func ranksAreCounted() {
    #expect(
      SlurmNodes.room("72(x2),36", cpusPerRank: 2)
        == SlurmNodes.Room(places: 90, tasksPerNode: "36(x2),18"))
    for list in ["2(x$(touch x))", "a[$(touch x)]", "08", "", "1"] {
      #expect(SlurmNodes.room(list, cpusPerRank: 2) == nil)
    }
  }

  private func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  /// A ledger in the folder, asked with a progress of 5 and at most 3 requeues.
  private func allows(_ folder: String, job: String = "7") -> Bool {
    RequeueLedger(folder: folder, job: job).allows(progress: 5, atMost: 3)
  }

  @Test func requeuesAreCounted() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(RequeueLedger.name)"
      for count in 1...3 {
        #expect(allows(folder))
        #expect(text(path) == "7 5 \(count)\n")
      }
      #expect(!allows(folder))
      #expect(RequeueLedger(folder: folder, job: "7").allows(progress: 6, atMost: 3))
      #expect(text(path) == "7 6 1\n")
      #expect(allows(folder, job: "8"))
    }
  }

  @Test func aLedgerIsWrittenInItsPlace() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(RequeueLedger.name)"
      let victim = "\(folder)/victim"
      try "mine".write(toFile: victim, atomically: false, encoding: .utf8)
      for link in [path, "\(path).partial"] {
        try FileManager.default.createSymbolicLink(
          atPath: link, withDestinationPath: victim)
      }
      #expect(allows(folder))
      #expect(text(victim) == "mine")
      #expect(text(path) == "7 5 1\n")
      let names = try names(in: folder).sorted()
      #expect(names == [RequeueLedger.name, "victim"])
    }
  }

  @Test(
    arguments: [
      "7 a[$(touch x)] 1", "7 08 09", "7 5 a[$(touch x)]", "7 99999999999999999999 1", "x", "",
    ])
  func aLedgerOfSomethingElseBeginsAnew(record: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(RequeueLedger.name)"
      try record.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(allows(folder))
      #expect(text(path) == "7 5 1\n")
    }
  }
}

@Suite struct JournalEndTests {
  private func closedCode(_ journal: String?) throws -> Int32? {
    try withTemporaryFolder { folder in
      try journal?.write(
        toFile: "\(folder)/journal.jsonl", atomically: false, encoding: .utf8)
      return StudyReader(folder: folder).closedCode
    }
  }

  @Test func onlyTheLastLineCounts() throws {
    let opened = "{\"event\":\"opened\"}\n"
    let closed = "{\"code\":75,\"event\":\"closed\"}\n"
    #expect(try closedCode(opened + closed) == 75)
    #expect(try closedCode(opened + closed + opened) == nil)
    #expect(try closedCode(closed + "{\"code\":0,\"event\":\"clo") == nil)
    #expect(try closedCode("") == nil)
    #expect(try closedCode(nil) == nil)
  }

  /// What a journal says is no status that a process can't end with.
  @Test(arguments: ["256", "-1", "999999999999999999999", "\"0\"", "null"])
  func aCodeThatIsNoneIsThatOfABug(code: String) throws {
    #expect(try closedCode("{\"code\":\(code),\"event\":\"closed\"}\n") == 70)
    #expect(try closedCode("{\"event\":\"closed\"}\n") == 70)
  }
}

@Suite struct MachineTests {
  @Test func aCoreForEachRank() {
    func binding(_ version: Int, _ threads: Int) -> [String] {
      var mpi = OpenMPIParameters(version: version)
      mpi.bind(threads: threads)
      return Array(mpi.options.prefix { $0 != "--mca" })
    }
    let both = ["--map-by", "core", "--bind-to", "core"]
    #expect(binding(4, 1) == both + ["--rank-by", "core"])
    #expect(binding(5, 1) == both)
    for version in [4, 5] {
      #expect(binding(version, 3) == ["--map-by", "slot:PE=3", "--bind-to", "core"])
    }
  }

  /// The quota where a process is in these groups, and files below the root hold these values.
  private func quota(_ groups: String, _ files: [String: String]) throws -> Int? {
    try withTemporaryFolder { root in
      try groups.write(toFile: "\(root)/groups", atomically: false, encoding: .utf8)
      for (name, value) in files {
        let path = URL(fileURLWithPath: "\(root)/\(name)")
        try FileManager.default.createDirectory(
          at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try "\(value)\n".write(to: path, atomically: false, encoding: .utf8)
      }
      return CPUQuota.least(groups: "\(root)/groups", root: root)
    }
  }

  @Test func quotasOfVersion2() throws {
    #expect(try quota("0::/a/b\n", ["a/b/cpu.max": "350000 100000"]) == 3)
    #expect(
      try quota(
        "0::/a/b\n", ["a/b/cpu.max": "800000 100000", "a/cpu.max": "200000 100000"]) == 2)
    #expect(try quota("0::/\n", ["cpu.max": "50000 100000"]) == 1)
    #expect(try quota("0::/a\n", ["a/cpu.max": "max 100000"]) == nil)
    for wrong in ["a[$(touch x)] 1", "1 a[$(touch x)]", "", "1 0", "1"] {
      #expect(try quota("0::/a\n", ["a/cpu.max": wrong]) == nil)
    }
  }

  @Test func quotasOfVersion1() throws {
    let groups = "12:cpu,cpuacct:/jobs/one\n1:name=systemd:/jobs\n0::/\n"
    #expect(
      try quota(
        groups,
        [
          "cpu/jobs/one/cpu.cfs_quota_us": "400000", "cpu/jobs/one/cpu.cfs_period_us": "100000",
          "cpu/cpu.cfs_quota_us": "-1",
        ]) == 4)
    // As a container sees it.
    #expect(
      try quota(
        groups, ["cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "50000"]) == 2)
    #expect(
      try quota(
        groups,
        ["cpu/jobs/one/cpu.cfs_quota_us": "-1", "cpu/jobs/one/cpu.cfs_period_us": "100000"])
        == nil)
  }
}
