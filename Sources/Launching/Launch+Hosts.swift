import Foundation
import Support

/// Runs on several hosts over ssh, with the program at the same path on each.
extension Launch {
  func runOnHosts() throws -> Int32 {
    var list = try hosts()
    let config = try config()
    try enterRepository()
    let ssh = try sshCommand(mpirun: try OpenMPIParameters.pathOfMpirun(environment))
    var environment = environment
    OpenMPIParameters.forgetBatchJob(&environment)
    if arguments.printsOptions {
      var mpi = try parameters(list, hostfile: nil, ssh, &environment)
      return printOptions(&mpi)
    }
    try checkThatHereIsFirst(list.hosts[0].name)
    let others = RemoteHosts(
      names: list.hosts.dropFirst().map(\.name), ssh: ssh, environment: environment,
      console: console)
    let answers = try ask(list.hosts[0].name, others)
    list.fill(threads: arguments.threads) { answers[$0]?.cores ?? 1 }

    let folder = try RunFolders.new(environment)
    defer { RunFolders.remove(folder) }
    let hostfile = "\(folder)/hostfile"
    do throws(WriteError) {
      try AtomicWriter(fileSystem: POSIXFileSystem(), isDurable: false)
        .write([("hostfile", Array(list.hostfile.utf8))], into: folder)
    } catch {
      throw Refusal(.cannotWrite, "\(hostfile): can't \(error.operation): \(error.reason)")
    }
    var mpi = try parameters(list, hostfile: hostfile, ssh, &environment)
    mpi.pass(
      [EnvironmentVariable.instructionSet, EnvironmentVariable.data].filter {
        !(environment[$0] ?? "").isEmpty
      })
    // A host may be lost while the job starts.
    return try run(
      config, mpi, ranksHere: list.hosts[0].slots ?? 1, passing: [1, 255], others: others,
      environment: environment)
  }

  private func parameters(
    _ list: HostList, hostfile: String?, _ ssh: [String],
    _ environment: inout [String: String]
  ) throws(Refusal) -> OpenMPIParameters {
    var mpi = try OpenMPIParameters(
      ranks: arguments.ranks ?? list.total, environment: environment, console: console)
    mpi.place(
      hostfile: hostfile, ssh: ssh, interface: arguments.own["--interface"],
      bindsThreads: arguments.own["--bind"] == "none" ? nil : arguments.threads)
    return mpi
  }

  // MARK: - What was asked for

  private func hosts() throws -> HostList {
    let own = arguments.own
    let (names, hostfile) = (own["--hosts"] ?? "", own["--hostfile"])
    if names.isEmpty, hostfile == nil {
      throw Refusal(
        .usage,
        "no hosts given: use --hosts alpha:8,beta:8 or --hostfile FILE; see launch/hosts --help")
    }
    if let bind = own["--bind"], !["core", "none"].contains(bind) {
      throw Refusal(.usage, "--bind takes core or none, not '\(bind)'")
    }
    if let interface = own["--interface"],
      interface.wholeMatch(of: /[A-Za-z0-9.\/_-]+/) == nil
    {
      throw Refusal(
        .usage, "--interface takes a network such as 10.1.0.0/16 or a name, not '\(interface)'")
    }
    var file: (text: String, path: String)?
    if let hostfile {
      try Self.checkFile("hostfile", hostfile)
      let bytes = (try? POSIXFileSystem().read(hostfile, atMost: ReadLimit.text)) ?? []
      file = (String(decoding: bytes, as: UTF8.self), hostfile)
    }
    let list = try HostList(names, hostfile: file)
    if list.hosts.isEmpty {
      throw Refusal(.usage, "\(hostfile ?? "--hosts") lists no hosts; see launch/hosts --help")
    }
    return list
  }

  /// The coordinator runs on the first host and writes what the supervisor here reads.
  private func checkThatHereIsFirst(_ name: String) throws(Refusal) {
    let here = HostName.own
    func short(_ name: String) -> Substring { name.prefix { $0 != "." } }
    if name == "localhost" || short(name) == short(here) || Self.addresses.contains(name) {
      return
    }
    throw Refusal(
      .usage,
      "the first host is \(name), but this is \(here): run it there, or list \(here) first")
  }

  /// This machine's own addresses.
  private static var addresses: Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var found: Set<String> = []
    for entry in sequence(first: list, next: { $0?.pointee.ifa_next }) {
      guard let address = entry?.pointee.ifa_addr else { continue }
      let isLong = address.pointee.sa_family == sa_family_t(AF_INET6)
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let size = isLong ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
      let error = getnameinfo(
        address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard error == 0 else { continue }
      let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      // A link-local address ends with the interface's name.
      found.insert(String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "%" }))
    }
    return found
  }

  // MARK: - ssh

  /// Unknown host keys are refused, no password is asked for, and an absent host counts as unreachable after seconds.
  private func sshCommand(mpirun: String) throws(Refusal) -> [String] {
    try checkPlain("the repository", repository)
    try checkPlain("mpirun", mpirun)
    let temporary = environment["TMPDIR"] ?? ""
    try checkPlain(
      "the folder for temporary files (TMPDIR)", temporary.isEmpty ? "/tmp" : temporary)
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where ["OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_"].contains(where: name.hasPrefix) {
      if value.wholeMatch(of: /[A-Za-z0-9_.\/+@%:,=^~-]*/) == nil {
        throw Refusal(
          .usage,
          "\(name) is '\(value)': it is passed to the other hosts, so it may contain only letters, "
            + "digits and _./+@%:,=^~-")
      }
    }
    let options = [
      "StrictHostKeyChecking=yes", "BatchMode=yes", "ConnectTimeout=8", "ServerAliveInterval=3",
      "ServerAliveCountMax=3", "ForwardAgent=no",
    ]
    let command = ["ssh"] + options.flatMap { ["-o", $0] }
    guard let file = arguments.own["--ssh-config"] else { return command }
    try checkPlain("ssh's configuration", file)
    try Self.checkFile("ssh's configuration", file)
    return command + ["-F", file]
  }

  /// Open MPI passes paths unquoted to a shell on the other side.
  private func checkPlain(_ what: String, _ path: String) throws(Refusal) {
    if path.wholeMatch(of: /[A-Za-z0-9_.\/+@%-]+/) == nil {
      throw Refusal(
        .usage,
        "\(what) is at '\(path)': its path may contain only letters, digits and _./+@%-")
    }
  }

  // MARK: - Questions

  /// Asks all hosts about themselves, and reports what is wrong with each.
  /// - Throws: `Refusal` without a text.
  private func ask(_ first: String, _ others: RemoteHosts) throws(Refusal) -> [String: HostAnswers]
  {
    let parties =
      [(name: first, words: ["bash"])]
      + others.names.map { (name: $0, words: others.command(for: $0)) }
    let words = RemoteHosts.ask(parties, HostAnswers.question, [program], environment) {
      guard let signal = signals.next(within: 0) else { return false }
      return signal != SIGCHLD
    }
    guard let words else { throw Refusal(.interrupted, "") }
    var answers: [String: HostAnswers] = [:]
    var isSound = true
    for (name, _) in parties {
      do {
        let answer = try answer(of: name, words[name] ?? HostWords(status: 127))
        answers[name] = answer
        guard let own = answers[first],
          let problem = answer.problem(beside: own, called: first, program: program),
          name != first
        else { continue }
        throw Refusal(.environment, problem)
      } catch {
        isSound = false
        console.say("\(name): \(error)")
      }
    }
    guard isSound else { throw Refusal(.environment, "") }
    return answers
  }

  private func answer(of name: String, _ words: HostWords) throws -> HostAnswers {
    let complaint = words.complaint
    if words.output.isEmpty {
      let silence = words.isOutOfTime ? "no answer within a minute" : "no reason given"
      let reason = complaint.isEmpty ? silence : complaint
      let isUnknown = complaint.contains("Host key verification failed")
      let advice =
        "its key isn't known here: log in once by hand and check it, or use ssh-keyscan"
      throw Refusal(
        .environment,
        "ssh can't reach it: \(reason)" + (isUnknown ? "\n\(kind.rawValue):   \(advice)" : ""))
    }
    do {
      return try HostAnswers(words.output)
    } catch {
      throw Refusal(
        .environment,
        "gave no valid answer about its \(error.key); it said: \(error.words) \(complaint)"
      )
    }
  }
}
