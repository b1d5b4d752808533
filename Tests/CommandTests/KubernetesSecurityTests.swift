import Foundation
import Testing
import Yams

/// What lies in launch/kubernetes.
enum KubernetesFile {
  private static let top = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..")
    .standardized

  static func text(_ name: String) throws -> String {
    try String(
      contentsOf: top.appendingPathComponent("launch/kubernetes/\(name)"), encoding: .utf8)
  }

  static func textAtTheTop(_ name: String) throws -> String {
    try String(contentsOf: top.appendingPathComponent(name), encoding: .utf8)
  }

  /// Lines that aren't empty and no comments, those that a backslash continues in one.
  static func lines(_ text: String) -> [String] {
    text.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }
}

private typealias Map = [String: Any]

/// A value of a manifest by its path: keys with dots between them.
private func value(_ map: Map, _ path: String) -> Any? {
  path.split(separator: ".").reduce(map as Any?) { ($0 as? Map)?[String($1)] }
}

/// What a pod of the job may not lack, whatever else it has.
@Suite struct KubernetesSecurityTests {
  private struct Role {
    let name: String
    let pod: Map
    let container: Map
  }

  private func roles() throws -> [Role] {
    let job = try #require(
      try Yams.load(yaml: try KubernetesFile.text("mpijob.yaml")) as? Map)
    let replicas = try #require(value(job, "spec.mpiReplicaSpecs") as? Map)
    let roles = try replicas.map { name, replica in
      let pod = try #require(value(replica as? Map ?? [:], "template.spec") as? Map)
      let containers = try #require(pod["containers"] as? [Map])
      #expect(containers.count == 1)
      return Role(name: name, pod: pod, container: try #require(containers.first))
    }
    #expect(Set(roles.map(\.name)) == ["Launcher", "Worker"])
    return roles
  }

  private func documents(_ name: String) throws -> [Map] {
    try Array(Yams.load_all(yaml: try KubernetesFile.text(name))).map { try #require($0 as? Map) }
  }

  @Test func podsAreNobodyInParticular() throws {
    for role in try roles() {
      #expect(value(role.pod, "securityContext.runAsNonRoot") as? Bool == true, "\(role.name)")
      for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        #expect(value(role.pod, "securityContext.\(key)") as? Int == 1000, "\(role.name) \(key)")
      }
      #expect(
        value(role.pod, "securityContext.seccompProfile.type") as? String == "RuntimeDefault")
      #expect(role.pod["automountServiceAccountToken"] as? Bool == false, "\(role.name)")
      #expect(role.pod["hostNetwork"] == nil && role.pod["hostPID"] == nil)
      let context = try #require(role.container["securityContext"] as? Map)
      #expect(context["allowPrivilegeEscalation"] as? Bool == false, "\(role.name)")
      #expect(context["readOnlyRootFilesystem"] as? Bool == true, "\(role.name)")
      #expect(value(context, "capabilities.drop") as? [String] == ["ALL"], "\(role.name)")
      #expect(value(context, "capabilities.add") == nil, "\(role.name)")
    }
  }

  /// A read-only root: what a pod writes to is a volume, and of the node's own folders there is none.
  @Test func whatIsWrittenIsAVolume() throws {
    for role in try roles() {
      let volumes = try #require(role.pod["volumes"] as? [Map])
      #expect(volumes.allSatisfy { $0["hostPath"] == nil })
      let mounts = try #require(role.container["volumeMounts"] as? [Map])
      func volume(at path: String) -> Map? {
        let name = mounts.first { $0["mountPath"] as? String == path }?["name"] as? String
        return volumes.first { $0["name"] as? String == name }
      }
      for path in ["/tmp", "/dev/shm"] {
        #expect(value(volume(at: path) ?? [:], "emptyDir.sizeLimit") != nil, "\(role.name) \(path)")
      }
      let writable = mounts.filter { $0["readOnly"] as? Bool != true }
        .compactMap { $0["mountPath"] as? String }
      let runs = role.name == "Launcher" ? ["/runs"] : []
      #expect(Set(writable) == Set(["/tmp", "/dev/shm"] + runs), "\(role.name)")
    }
  }

  @Test func whatAPodTakesIsAskedForAndLimited() throws {
    for role in try roles() {
      for resource in ["cpu", "memory"] {
        let limit = value(role.container, "resources.limits.\(resource)").map { "\($0)" }
        let request = value(role.container, "resources.requests.\(resource)").map { "\($0)" }
        #expect(limit != nil && limit == request, "\(role.name) \(resource)")
      }
    }
  }

  /// A name without a registry is Docker Hub's, where whoever is first has it.
  @Test func imagesAreNamedByRegistryTagAndDigest() throws {
    for role in try roles() {
      let image = try #require(role.container["image"] as? String)
      #expect(
        image.wholeMatch(
          of: /[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/[a-z0-9\/-]+:[\w.-]+@sha256:[0-9a-f]{64}/)
          != nil, "\(role.name): \(image)")
    }
  }

  /// Workers are logged in to, the launcher isn't: it has the public half of the host key alone.
  @Test func theLauncherHasNoHostKey() throws {
    for role in try roles() {
      let volumes = try #require(role.pod["volumes"] as? [Map])
      let secret = try #require(
        volumes.first { $0["name"] as? String == "host-key" }?["secret"] as? Map)
      let keys = (secret["items"] as? [Map])?.compactMap { $0["key"] as? String }
      #expect(
        keys == [role.name == "Launcher" ? "ssh_host_key.pub" : "ssh_host_key"], "\(role.name)")
      #expect(secret["defaultMode"] as? Int == 0o440, "\(role.name)")
    }
  }

  @Test func podsAreReachedByEachOtherAlone() throws {
    let documents = try documents("setup.yaml")
    let namespace = try #require(documents.first { $0["kind"] as? String == "Namespace" })
    let labels = try #require(value(namespace, "metadata.labels") as? [String: String])
    #expect(labels["pod-security.kubernetes.io/enforce"] == "restricted")
    let policies = documents.filter { $0["kind"] as? String == "NetworkPolicy" }
    for policy in policies {
      #expect(value(policy, "spec.policyTypes") as? [String] == ["Ingress", "Egress"])
    }
    // Closed to all, then opened between pods of the job.
    let closed = try #require(policies.first { value($0, "metadata.name") as? String == "closed" })
    #expect((value(closed, "spec.podSelector") as? Map)?.isEmpty == true)
    #expect(value(closed, "spec.ingress") == nil && value(closed, "spec.egress") == nil)
    let ranks = try #require(policies.first { value($0, "metadata.name") as? String == "ranks" })
    let own = ["app.kubernetes.io/name": "srelu"]
    #expect(value(ranks, "spec.podSelector.matchLabels") as? [String: String] == own)
    let sources = try #require(value(ranks, "spec.ingress") as? [Map])
      .flatMap { $0["from"] as? [Map] ?? [[:]] }
    #expect(!sources.isEmpty)
    for source in sources {
      #expect(value(source, "podSelector.matchLabels") as? [String: String] == own)
      #expect(source["namespaceSelector"] == nil && source["ipBlock"] == nil)
    }
    let job = try #require(try self.documents("mpijob.yaml").first)
    for role in ["Launcher", "Worker"] {
      let labels = value(job, "spec.mpiReplicaSpecs.\(role).template.metadata.labels")
      #expect((labels as? [String: String]) == own, "\(role)")
    }
  }

  @Test func claimsOfTheJobAreThere() throws {
    let documents = try documents("setup.yaml")
    let claims = documents.filter { $0["kind"] as? String == "PersistentVolumeClaim" }
      .compactMap { value($0, "metadata.name") as? String }
    let used = try roles().flatMap { $0.pod["volumes"] as? [Map] ?? [] }
      .compactMap { value($0, "persistentVolumeClaim.claimName") as? String }
    #expect(Set(claims) == Set(used) && !claims.isEmpty)
    #expect(
      documents.allSatisfy {
        value($0, "metadata.namespace") as? String == "srelu"
          || $0["kind"] as? String == "Namespace"
      })
  }

  @Test func sshdDoesNothingButLogins() throws {
    let lines = KubernetesFile.lines(try KubernetesFile.text("sshd_config"))
      .map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
    let settings = Dictionary(lines.map { ($0[0], $0.last ?? "") }) { first, _ in first }
    #expect(settings.count == lines.count)
    for name in [
      "PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication",
      "HostbasedAuthentication", "UsePAM", "AllowTcpForwarding", "AllowStreamLocalForwarding",
      "AllowAgentForwarding", "X11Forwarding", "PermitTunnel", "GatewayPorts", "PermitTTY",
      "PermitUserRC", "PermitUserEnvironment",
    ] {
      #expect(settings[name] == "no", "\(name)")
    }
    #expect(settings["AllowUsers"] == "srelu")
    #expect(settings["AuthenticationMethods"] == "publickey")
    #expect(settings["DisableForwarding"] == "yes")
    // The operator's key is the user's; the host's is another.
    #expect(settings["HostKey"]?.hasPrefix("/etc/srelu/host-key/") == true)
    let client = KubernetesFile.lines(try KubernetesFile.text("ssh_config"))
    #expect(client.contains("StrictHostKeyChecking yes"))
  }

  @Test func basesOfTheImageArePinned() throws {
    let lines = KubernetesFile.lines(try KubernetesFile.text("Dockerfile"))
    let bases = lines.filter { $0.hasPrefix("FROM ") }
      .map { String($0.split(separator: " ")[1]) }
    #expect(bases == ["${SWIFT_IMAGE}", "${DEBIAN_IMAGE}"])
    // No default, and what is given has a digest.
    #expect(lines.contains("ARG SWIFT_IMAGE") && lines.contains("ARG DEBIAN_IMAGE"))
    #expect(!lines.contains { $0.hasPrefix("ARG ") && $0.contains("=") })
    #expect(lines.contains { $0.hasPrefix("RUN ") && $0.contains("@sha256:*") })
  }

  @Test func theImageHasNoKeysAndIsNobody() throws {
    let lines = KubernetesFile.lines(try KubernetesFile.text("Dockerfile"))
    #expect(lines.last { $0.hasPrefix("USER ") } == "USER 1000:1000")
    // In the layer that made them: what a later one removes is still in the image.
    let install = try #require(
      lines.first { $0.hasPrefix("RUN ") && $0.contains("openssh-server") })
    #expect(install.contains("rm -f /etc/ssh/ssh_host_*"))
    #expect(!lines.contains { $0.hasPrefix("COPY . ") })
  }

  @Test func onlyTheSourcesGoIntoTheBuild() throws {
    let lines = KubernetesFile.lines(try KubernetesFile.textAtTheTop(".dockerignore"))
    #expect(lines.first == "*")
    let taken = Set(lines.dropFirst())
    #expect(taken.allSatisfy { $0.hasPrefix("!") })
    // What the image copies from the build's context is among them.
    let copied = KubernetesFile.lines(try KubernetesFile.text("Dockerfile"))
      .filter { $0.hasPrefix("COPY ") && !$0.contains("--from=") }
      .flatMap { $0.split(separator: " ").dropFirst().dropLast() }
      .map { "!" + $0.prefix { $0 != "/" } }
    #expect(Set(copied) == taken)
  }
}
