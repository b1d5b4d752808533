import Checks
import FoundationEssentials
import Glibc
import Support

/// A Slurm of two nodes on this machine, in namespaces of its own (processes, network, mounts, host names): nothing
/// of it meets another Slurm, and all of it is gone with its first process.
struct SlurmCluster {
  private static let namespaces = [
    "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--uts",
  ]

  /// Why there can be no cluster here; nil where there can.
  static func obstacle(_ place: Workplace) -> String? {
    if getuid() != 0 { return "it takes root" }
    let packages = [
      ("slurm-wlm", ["slurmctld", "slurmd", "sbatch"]), ("munge", ["munged"]),
      ("iproute2", ["ip"]), ("openmpi-bin", ["mpirun"]),
    ]
    let missing = packages.filter { !$0.1.allSatisfy(place.isInPath) }.map(\.0)
    if !missing.isEmpty { return "\(missing.joined(separator: ", ")): missing" }
    return Command(namespaces + ["true"]).run().status == 0
      ? nil : "this user may not make namespaces"
  }

  /// Runs this program's other suite in the namespaces, and ends as it does. The shell takes leave of those that
  /// lost their parent.
  static func enter(_ place: Workplace) -> Never {
    var inside = Command(
      namespaces
        + ["bash", "-c", "\"$@\"; exit", "bash", ProcessEntry.ownProgram, "slurm-inside"]
        + ["--repository", place.repository])
    inside.output = .descriptor(1)
    inside.errors = .descriptor(2)
    inside.patience = .seconds(20)
    let status = inside.within(.seconds(3600)).run().status
    Cleanup.run()
    exit(status)
  }

  private let place: Workplace
  private var log: String { place.path("start.log") }
  /// What Slurm's controller says.
  var controllerLog: String { place.path("slurmctld.log") }
  let variables: [String: String?]

  init(_ place: Workplace) {
    self.place = place
    variables = ["TMPDIR": place.path("tmp"), "SLURM_CONF": place.path("n1/slurm.conf")]
  }

  /// Starts it.
  ///
  /// - Returns: why it doesn't start; nil where it does.
  func start() -> String? {
    for node in ["n1", "n2"] {
      for folder in ["tmp", "spool"] { Files.makeFolder(place.path("\(node)/\(folder)")) }
    }
    for folder in ["state", "munge", "tmp"] { Files.makeFolder(place.path(folder)) }
    chmod(place.folder, 0o755)
    chmod(place.path("munge"), 0o755)
    let works =
      shell("hostname n1; mount --make-rprivate /; mount -t tmpfs node /dev/shm")
      && shell("ip link set lo up; ip link add n1 type veth peer name n2") && startSecondNode()
      && shell("ip address add 10.77.0.1/24 dev n1; ip link set n1 up") && startDaemons()
      && awaited(.seconds(30)) {
        let states = slurm("sinfo", "--noheader", "--Node", "--format=%T").run().lines
        return Set(states) == ["idle"]
      }
    if works { return nil }
    return [log, controllerLog, place.path("n1/slurmd.log"), place.path("n2/slurmd.log")]
      .map { Files.text($0).split(separator: "\n").suffix(3).joined(separator: "\n") }
      .joined(separator: "\n")
  }

  /// One of Slurm's programs.
  func slurm(_ words: String...) -> Command { slurm(words) }
  func slurm(_ words: [String]) -> Command { place.command(words).with(variables) }

  private func shell(_ script: String) -> Bool {
    let outcome = slurm(["bash", "-euxc", script, "bash", place.folder])
      .writing(to: .file("\(log).last")).run()
    Files.append(log, Files.text("\(log).last"))
    return outcome.status == 0
  }

  /// A second node: its own host name, network, processes and shared memory.
  private func startSecondNode() -> Bool {
    let node = """
      hostname n2
      mount -t tmpfs node /dev/shm
      ip link set lo up
      touch "$1/n2/made"
      until [[ -e $1/n2/joined ]]; do sleep 0.1; done
      ip address add 10.77.0.2/24 dev n2
      ip link set n2 up
      slurmd -D -f "$1/n2/slurm.conf" >/dev/null 2>&1 &
      wait
      """
    let holder = slurm(Self.namespaces + ["bash", "-euc", node, "bash", place.folder])
      .writing(to: .file(place.path("n2/log"))).start()
    let isMade = awaited(.seconds(10)) { place.exists("n2/made") }
    let first = Command(["pgrep", "-P", "\(holder.process)"]).run().lines.first ?? ""
    return isMade && shell("ip link set n2 netns \(first)")
  }

  private func startDaemons() -> Bool {
    writeConfiguration()
    return shell(
      """
      touch "$1/n2/joined"
      (umask 077 && head -c 1024 /dev/urandom >"$1/munge/key")
      munged --force --key-file="$1/munge/key" --socket="$1/munge/socket" \\
        --pid-file="$1/munge/pid" --seed-file="$1/munge/seed" \\
        --log-file="$1/munge/log" --origin=10.77.0.1
      slurmctld -f "$SLURM_CONF"
      slurmd -f "$SLURM_CONF"
      """)
  }

  /// Two options are not what a cluster would have, for the sake of time: how long a job waits before it starts
  /// again (cred_expire), and how long Slurm waits for processes to end (KillWait).
  private func writeConfiguration() {
    let cores = Set(
      Command(["lscpu", "-p=CORE,SOCKET"]).run().lines.filter { !$0.hasPrefix("#") }
    ).count
    let scratch = place.folder
    for node in ["n1", "n2"] {
      let nodes = [("n1", 1), ("n2", 2)].map {
        "NodeName=\($0) NodeAddr=10.77.0.\($1) CPUs=\(min(2, cores)) CoresPerSocket=\(min(2, cores)) State=UNKNOWN"
      }
      place.write(
        "\(node)/slurm.conf",
        """
        ClusterName=srelu
        SlurmctldHost=n1(10.77.0.1)
        SlurmUser=root
        AuthType=auth/munge
        AuthInfo=socket=\(scratch)/munge/socket,cred_expire=5
        CredType=cred/munge
        StateSaveLocation=\(scratch)/state
        SlurmdSpoolDir=\(scratch)/%n/spool
        SlurmctldPidFile=\(scratch)/slurmctld.pid
        SlurmdPidFile=\(scratch)/%n/slurmd.pid
        SlurmctldLogFile=\(controllerLog)
        SlurmdLogFile=\(scratch)/%n/slurmd.log
        SlurmctldDebug=debug2
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/affinity
        JobAcctGatherType=jobacct_gather/none
        AccountingStorageType=accounting_storage/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        SchedulerParameters=bf_interval=1,sched_interval=2,batch_sched_delay=0
        ReturnToService=2
        KillWait=5
        \(nodes.joined(separator: "\n"))
        PartitionName=main Nodes=n1,n2 Default=YES State=UP

        """)
      // Both nodes see one /tmp.
      place.write("\(node)/mpi.conf", "PMIxCliTmpDirBase=\(scratch)/\(node)/tmp\n")
    }
  }
}

/// A job of a study.
struct SlurmJob {
  let number: String
  let cluster: SlurmCluster
  /// Where its results go, as a path below the tests' folder, and what it says.
  let folder: String
  let log: String

  /// What Slurm says of it.
  func field(_ name: String) -> String {
    cluster.slurm("scontrol", "--oneliner", "show", "job", number).run().text.split(separator: " ")
      .first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
  }

  var hasEnded: Bool {
    ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"].contains(field("JobState"))
  }

  func cancel(_ flags: String...) {
    _ = cluster.slurm(["scancel"] + flags + [number]).run()
  }

  /// Its ranks, on whatever node.
  func ranks(in place: Workplace) -> [ProcessEntry] {
    ProcessEntry.all.filter { $0.isRank && $0.mentions(place.path(folder)) }
  }
}
