import Checks
import FoundationEssentials
import Glibc
import Support

/// Hosts for tests: each is a set of Linux namespaces (network, name, processes, mounts) on this machine with an
/// sshd of its own, and all hang on one bridge. They share the machine's cores and its files, except for /dev/shm
/// and what is laid over a file. Takes root. Several tests can have hosts at once: what has a name on the machine
/// carries this process's.
///
/// The first process of a host holds its namespaces: when it is killed, so is everything on the host.
final class TestHosts {
  let names: [String]
  /// Keys, logs, configurations.
  let folder: String
  /// How ssh gets to the hosts.
  var sshConfig: String { "\(folder)/ssh_config" }
  var knownHosts: String { "\(folder)/known_hosts" }

  private static let network = "10.83.0"
  private let bridge = "srelu-bridge-\(getpid())"
  /// The first process of each host, as this machine numbers it.
  private var firsts: [String: String] = [:]

  /// Why this machine doesn't let us make hosts, tried out; nil where it does.
  static var obstacle: String? {
    let probe = "srelu-probe-\(getpid())"
    let works = Command([
      "sh", "-c",
      """
      test "$(id -u)" = 0 && test -x /usr/sbin/sshd &&
        unshare --net --uts --ipc --mount --pid --fork --mount-proc true &&
        ip netns add \(probe) && ip netns delete \(probe) &&
        unshare --net sh -c 'ip link add one type veth peer name other && ip link add both type bridge'
      """,
    ]).run()
    return works.status == 0
      ? nil
      : "this machine lets us make no network namespaces (that takes root, iproute2 and sshd)"
  }

  init(_ folder: String, _ names: [String]) {
    (self.folder, self.names) = (folder, names)
    Files.makeFolder(folder)
    Cleanup.atEnd { [bridge] in _ = Command(["ip", "netns", "delete", bridge]).run() }
    here("ip", "netns", "add", bridge)
    here("ip", "-n", bridge, "link", "add", "bridge", "type", "bridge")
    here("ip", "-n", bridge, "link", "set", "bridge", "up")
    makeKeys()
    for name in names { start(name) }
  }

  private func address(_ name: String) -> String {
    "\(Self.network).\((names.firstIndex(of: name) ?? 0) + 1)"
  }

  /// One key for whoever calls and one for the hosts, made for this run and known to it alone.
  private func makeKeys() {
    for key in ["user", "host"] {
      here("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)")
    }
    let key = Files.text("\(folder)/host.pub")
    Files.write(
      "\(folder)/hosts",
      "127.0.0.1 localhost\n" + names.map { "\(address($0)) \($0)\n" }.joined())
    Files.write(knownHosts, names.map { "\($0),\(address($0)) \(key)" }.joined())
    Files.write(
      sshConfig,
      """
      Host *
        User root
        IdentityFile \(folder)/user
        IdentitiesOnly yes
        UserKnownHostsFile \(knownHosts)
        GlobalKnownHostsFile /dev/null

      """)
    Files.write(
      "\(folder)/sshd_config",
      """
      HostKey \(folder)/host
      AuthorizedKeysFile \(folder)/user.pub
      PidFile none
      PermitRootLogin prohibit-password
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      SetEnv PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "")

      """)
  }

  private func start(_ name: String) {
    let scratch = "\(folder)/\(name)"
    Files.makeFolder(scratch)
    // What holds the namespaces; the files below it are those of the host. As the first process it has to take
    // leave of those that lost their parent.
    let hold = """
      set -e
      hostname "$1"
      mount -t tmpfs tmpfs /dev/shm
      mount --bind "$3/hosts" /etc/hosts
      mkdir -p /run/sshd
      : >"$2/ready"
      sleep infinity &
      while true; do wait -n || true; done
      """
    let holder = Command([
      "unshare", "--net", "--uts", "--ipc", "--mount", "--pid", "--fork", "--kill-child",
      "--mount-proc", "bash", "-c", hold, "host", name, scratch, folder,
    ]).writing(to: .file("\(scratch)/log")).start()
    guard awaited(.seconds(10), { Files.exists("\(scratch)/ready") }) else {
      refuse(.environment, "the host \(name) does not come up: \(Files.text("\(scratch)/log"))")
    }
    let children = Command(["pgrep", "-P", "\(holder.process)"]).run().lines
    let first = children.first.map(String.init) ?? ""
    firsts[name] = first
    let cable = "veth-\(first)"
    here("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", first)
    here("ip", "link", "set", cable, "netns", bridge)
    here("ip", "-n", bridge, "link", "set", cable, "master", "bridge", "up")
    on(name, "ip", "link", "set", "lo", "up")
    on(name, "ip", "address", "add", "\(address(name))/24", "dev", "eth0")
    on(name, "ip", "link", "set", "eth0", "up")
    startSSH(name)
  }

  /// Without this there are no hosts.
  private func here(_ words: String...) {
    let outcome = Command(words).run()
    if outcome.status != 0 { refuse(.environment, "\(words): \(outcome.text)") }
  }

  /// A command as root on that host.
  func command(on name: String, _ words: [String]) -> Command {
    Command(
      [
        "nsenter", "--target", firsts[name] ?? "", "--net", "--uts", "--ipc", "--mount", "--pid",
        "--wd=\(folder)", "--",
      ] + words)
  }

  @discardableResult
  func on(_ name: String, _ words: String...) -> Outcome { command(on: name, words).run() }

  func startSSH(_ name: String) {
    on(name, "/usr/sbin/sshd", "-f", "\(folder)/sshd_config", "-E", "\(folder)/\(name)/sshd.log")
  }

  func stopSSH(_ name: String) { on(name, "pkill", "-x", "sshd") }

  /// The host's cable.
  func link(of name: String, isUp: Bool) {
    on(name, "ip", "link", "set", "eth0", isUp ? "up" : "down")
  }

  /// What the host sends goes out at no more than this, as 2.5gbit.
  ///
  /// - Returns: false where the kernel can't hold it back.
  func slowLink(of name: String, to rate: String) -> Bool {
    on(
      name, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "256kb",
      "latency", "50ms"
    ).status == 0
  }

  /// Where nothing holds it back, nothing happens.
  func unslowLink(of name: String) { on(name, "tc", "qdisc", "delete", "dev", "eth0", "root") }

  /// While the body runs, a file or folder stands in the place of others on that host.
  func laying(_ file: String, over places: [String], on name: String, _ body: () -> Void) {
    for place in places { on(name, "mount", "--bind", file, place) }
    body()
    for place in places { on(name, "umount", place) }
  }
}
