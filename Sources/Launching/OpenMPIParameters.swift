import Cluster
import Foundation
import Support

/// Open MPI's parameters: every one that the launchers set, each with its reason, and nowhere else.
///
/// A parameter has the same name everywhere; mpirun takes it as a flag, and ranks that srun starts take it from
/// their environment.
package struct OpenMPIParameters {
  /// The first number of Open MPI's version: 4, or 5, whose runtime is another one (PRRTE), with names of its
  /// own.
  let version: Int
  private var parameters: [(name: String, value: String)] = []
  /// mpirun's flags that aren't parameters of the ranks.
  private var flags: [String] = []

  /// Parameters of the ranks, whatever starts them.
  package init(version: Int = 4) {
    self.version = version
    // The hierarchical collectives' allreduce is broken in Open MPI 4.1.
    set("coll", "^han")

    // All windows are of shared memory, for which there is a component of its own; this one complains in some
    // builds of 5 where there is no InfiniBand.
    set("osc", "^ucx")

    // Over TCP a chunk of gradients, 256 KiB and a header, leaves at once. By default Open MPI asks first whether
    // a message that long may come, and the answer waits until somebody calls MPI: the network then stands still
    // during the backward pass (bench scaling, CNN at 2.5 Gbit/s: 26 ms a step, so 19).
    for name in ["eager_limit", "rndv_eager_limit", "max_send_size"] {
      set("btl_tcp_\(name)", "300000")
    }

    // Without the system call each large message would fail once and be sent again by copying, with a warning for
    // each. The first is the name in Open MPI 4, the second in 5.
    if !CrossMemoryAttach.works {
      set("btl_vader_single_copy_mechanism", "none")
      set("smsc", "^cma")
    }
  }

  /// The options of mpirun to start a number of ranks.
  /// - Throws: `Refusal` where there is no mpirun of Open MPI.
  init(ranks: Int, environment: [String: String], console: Console) throws(Refusal) {
    self.init(version: try Self.versionOfMpirun(environment))
    flags = ["-np", "\(ranks)"]

    // Open MPI refuses to run as root unless told.
    if geteuid() == 0 {
      console.say("running as root: passing --allow-run-as-root to mpirun")
      flags.append("--allow-run-as-root")
    }
  }

  private mutating func set(_ name: String, _ value: String) { parameters.append((name, value)) }

  /// Sets a parameter of mpirun and its daemons, not of the ranks.
  private mutating func setForRuntime(_ nameIn4: String, _ nameIn5: String, _ value: String) {
    flags += version >= 5 ? ["--prtemca", nameIn5, value] : ["--mca", nameIn4, value]
  }

  /// Passes environment variables to the ranks of all hosts.
  mutating func pass(_ names: [String]) { for name in names { flags += ["-x", name] } }

  // MARK: - Where ranks run

  /// Places ranks of a number of threads on the cores of this machine.
  mutating func place(
    ranks: Int, threads: Int, on usable: UsableCores, console: Console
  ) {
    // Ranks of one machine never talk over TCP. 5 would set it up, and complain where an interface has an address
    // of IPv6.
    set("btl", "^tcp")
    let wanted = ranks * threads
    if wanted > usable.cores {
      // Ranks then share cores, and a waiting one has to yield.
      let cores = usable.cores == 1 ? "1 core" : "\(usable.cores) cores"
      console.say("\(ranks) ranks on \(cores): they share cores, which makes them slower")
      flags += ["--map-by", ":OVERSUBSCRIBE", "--bind-to", "none"]
    } else if wanted == usable.cores, usable.isWholeMachine {
      bind(threads: threads)
    } else {
      // Bound ranks would all crowd on the first cores, whose other users we don't see: Open MPI looks past the
      // set of CPUs that taskset gave us, and past a quota.
      flags += ["--bind-to", "none"]
    }
  }

  /// Places ranks on several hosts, reached by `ssh`.
  /// - Parameter interface: which network between hosts, where they have several: left alone, Open MPI uses all
  ///   that look alike on both sides, and waits on those that don't reach the other (a bridge of containers has
  ///   the same address everywhere). A network as 10.1.0.0/16 fits hosts whose interfaces have different names.
  mutating func place(
    hostfile: String?, ssh: [String], interface: String?, bindsThreads threads: Int?
  ) {
    if let hostfile { flags += ["--hostfile", hostfile] }
    // One word of Open MPI's, split at its spaces: none of its parts holds one.
    setForRuntime("plm_rsh_agent", "plm_ssh_agent", ssh.joined(separator: " "))
    // A tree of hosts that start hosts would hide which one couldn't be reached.
    setForRuntime("plm_rsh_no_tree_spawn", "plm_ssh_no_tree_spawn", "1")
    // A daemon that lost mpirun, or mpirun one of its hosts, is to notice within seconds, not minutes.
    for (name, value) in [("time", "5"), ("intvl", "2"), ("probes", "3")] {
      setForRuntime("oob_tcp_keepalive_\(name)", "oob_tcp_keepalive_\(name)", value)
    }
    if let interface {
      set("btl_tcp_if_include", interface)
      // mpirun and its daemons talk over TCP of their own.
      setForRuntime("oob_tcp_if_include", "prte_if_include", interface)
    }
    if let threads {
      bind(threads: threads)
    } else {
      flags += ["--map-by", "slot", "--bind-to", "none"]
    }
  }

  /// So many cores for each rank, for good: no migration, and caches stay warm. Neighbours in rank fill a host
  /// before the next one, and within it one part of the memory (NUMA) before the next: they train one trial
  /// together, through that memory.
  package mutating func bind(threads: Int) {
    guard threads == 1 else {
      flags += ["--map-by", "slot:PE=\(threads)", "--bind-to", "core"]
      return
    }
    flags += ["--map-by", "core", "--bind-to", "core"]
    // 5 knows no ranking by cores: mapping by them it ranks so anyway.
    if version < 5 { flags += ["--rank-by", "core"] }
  }

  /// For callers that don't filter mpirun's pages: the program itself says what went wrong, and Open MPI's page about
  /// a nonzero exit hides it. Muted, 4 says nothing of what it refuses either; 5 can't be muted.
  mutating func mute() {
    if version < 5 { flags += ["--mca", "orte_execute_quiet", "1"] }
  }

  // MARK: - As words and variables

  /// mpirun's command line, up to the program.
  package var options: [String] { flags + parameters.flatMap { ["--mca", $0.name, $0.value] } }

  /// Flags that put mpirun's files and shared memory into a run's folders.
  func fileOptions(_ folders: RunFolders) -> [String] {
    let names =
      version >= 5
      ? ("--prtemca", "prte_tmpdir_base", "btl_sm_backing_directory")
      : ("--mca", "orte_tmpdir_base", "btl_vader_backing_directory")
    return [
      names.0, names.1, folders.run, "--mca", names.2, folders.memory, "--mca",
      "osc_sm_backing_directory", folders.memory,
    ]
  }

  /// For ranks that srun or a foreign launcher starts.
  func export(to environment: inout [String: String]) {
    for parameter in parameters { environment["OMPI_MCA_\(parameter.name)"] = parameter.value }
  }

  // MARK: - The version

  /// - Throws: `Refusal` where there is no mpirun.
  static func pathOfMpirun(_ environment: [String: String]) throws(Refusal) -> String {
    guard let path = ChildProcess.path(of: "mpirun", in: environment) else {
      throw Refusal(
        .environment,
        "mpirun is not in PATH: apt-get install openmpi-bin, or load the module that provides it")
    }
    return path
  }

  /// - Throws: `Refusal` where there is no mpirun of Open MPI.
  private static func versionOfMpirun(_ environment: [String: String]) throws(Refusal) -> Int {
    let path = try pathOfMpirun(environment)
    let line = firstLine(environment, joinsErrors: false)
    guard let version = number(in: line) else {
      throw Refusal(
        .environment,
        "\(path) is not Open MPI's, or doesn't start: mpirun --version says: "
          + firstLine(environment, joinsErrors: true))
    }
    return version
  }

  private static func firstLine(_ environment: [String: String], joinsErrors: Bool) -> String {
    let text = ChildProcess.output(
      ["mpirun", "--version"], environment: environment, joinsErrors: joinsErrors
    ).text
    return text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init)
      ?? ""
  }

  /// The major version in a line of `mpirun --version`.
  static func number(in line: String) -> Int? {
    line.firstMatch(of: /Open MPI\)? v?([0-9]{1,3})\.[0-9]/).flatMap { Int($0.1) }
  }

  /// In a batch job (Slurm, PBS, LSF, Grid Engine) mpirun would take slots, hosts and the way to start its daemons from
  /// the job, though we have counted cores and have a list of hosts. Which batch system there is stays known.
  static func forgetBatchJob(_ environment: inout [String: String]) {
    for name in environment.keys where name != "SLURM_CONF" {
      if name == "PE_HOSTFILE" || ["SLURM_", "PBS_", "LSB_"].contains(where: name.hasPrefix) {
        environment[name] = nil
      }
    }
  }
}

/// Whether a process may read another's memory in one copy (cross-memory attach). Containers often forbid the
/// system call.
enum CrossMemoryAttach {
  private typealias Call =
    @convention(c) (
      pid_t, UnsafePointer<iovec>, UInt, UnsafePointer<iovec>, UInt, UInt
    ) -> Int

  /// Tries it: reads the first bytes of a child's program. True if that can't be tried.
  static var works: Bool {
    // The C library has it, and its Swift module hasn't.
    guard let symbol = dlsym(nil, "process_vm_readv"), let input = ChildProcess.pipeEnds(),
      let output = ChildProcess.pipeEnds()
    else { return true }
    defer { for end in [input.to, output.from] { close(end) } }
    let child = try? ChildProcess.start(
      ["cat"], environment: ProcessInfo.processInfo.environment, input: input.from,
      output: output.to)
    for end in [input.from, output.to] { close(end) }
    guard let child else { return true }
    defer {
      kill(child, SIGKILL)
      _ = ChildProcess.status(of: child, waits: true)
    }
    // Once it has echoed something its program is loaded, and it waits.
    _ = writeAll([0], to: input.to)
    guard ChildProcess.read(output.from) != nil else { return true }
    guard let map = try? POSIXFileSystem().read("/proc/\(child)/maps", atMost: 1 << 20),
      let address = UInt(
        String(decoding: map.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self), radix: 16)
    else { return true }
    var bytes = [UInt8](repeating: 0, count: 4)
    let count = bytes.withUnsafeMutableBytes { buffer in
      var here = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
      var there = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: address), iov_len: buffer.count)
      return unsafeBitCast(symbol, to: Call.self)(child, &here, 1, &there, 1, 0)
    }
    return count == bytes.count && bytes == Array("\u{7f}ELF".utf8)
  }
}
