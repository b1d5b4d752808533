import Foundation
import Support
import Testing
import Yams

/// What a value of a manifest may be.
private indirect enum Schema: Sendable {
  case text, number, truth
  case quantity
  case choice([String])
  case list(Schema)
  case map(Schema)
  /// Fields by name; those with an exclamation mark have to be there.
  case fields([String: Schema])

  /// What is wrong with a value, each with its path.
  func problems(_ value: Any?, at path: String) -> [String] {
    switch (self, value) {
    case (.text, is String), (.number, is Int), (.truth, is Bool), (.quantity, is Int),
      (.quantity, is String):
      return []
    case (.choice(let names), let name as String):
      return names.contains(name) ? [] : ["\(path): '\(name)' is none of \(names)"]
    case (.list(let element), let values as [Any]):
      return values.enumerated().flatMap { element.problems($1, at: "\(path)[\($0)]") }
    case (.map(let element), let values as [String: Any]):
      return values.sorted { $0.key < $1.key }
        .flatMap { element.problems($1, at: "\(path).\($0)") }
    case (.fields(let fields), let values as [String: Any]):
      let known = Dictionary(
        uniqueKeysWithValues: fields.map { ($0.key.trimmingCharacters(in: ["!"]), $0.value) })
      let missing = fields.keys.filter { $0.hasSuffix("!") && values[String($0.dropLast())] == nil }
      return missing.sorted().map { "\(path): \($0.dropLast()) is missing" }
        + values.sorted { $0.key < $1.key }.flatMap { name, value in
          known[name].map { $0.problems(value, at: "\(path).\(name)") }
            ?? ["\(path).\(name): no such field"]
        }
    default: return ["\(path): \(value.map { "\(type(of: $0))" } ?? "nothing") is no \(self)"]
    }
  }
}

// The fields of MPIJob v2beta1 (kubeflow/mpi-operator, pkg/apis/kubeflow/v2beta1/types.go and its
// swagger.json), and of pods as far as the manifest goes (Kubernetes API, core/v1).
private let container = Schema.fields([
  "name!": .text, "image!": .text, "command": .list(.text), "args": .list(.text),
  "env": .list(.fields(["name!": .text, "value": .text])),
  "securityContext!": .fields([
    "allowPrivilegeEscalation": .truth, "readOnlyRootFilesystem": .truth, "privileged": .truth,
    "capabilities": .fields(["drop": .list(.text), "add": .list(.text)]),
  ]),
  "readinessProbe": .fields(["tcpSocket": .fields(["port!": .number])]),
  "imagePullPolicy": .choice(["Always", "IfNotPresent", "Never"]),
  "resources": .fields(["limits": .map(.quantity), "requests": .map(.quantity)]),
  "volumeMounts": .list(
    .fields(["name!": .text, "mountPath!": .text, "readOnly": .truth, "subPath": .text])),
])
private let volume = Schema.fields([
  "name!": .text, "configMap": .fields(["name": .text, "optional": .truth]),
  "secret": .fields([
    "secretName!": .text, "defaultMode": .number,
    "items": .list(.fields(["key!": .text, "path!": .text, "mode": .number])),
  ]),
  "persistentVolumeClaim": .fields(["claimName!": .text, "readOnly": .truth]),
  "emptyDir": .fields(["medium": .choice(["", "Memory"]), "sizeLimit": .quantity]),
])
private let replica = Schema.fields([
  "replicas": .number, "restartPolicy": .choice(["Always", "OnFailure", "Never", "ExitCode"]),
  "template": .fields([
    "metadata": .fields(["labels": .map(.text), "annotations": .map(.text)]),
    "spec": .fields([
      "containers!": .list(container), "volumes": .list(volume),
      "terminationGracePeriodSeconds": .number, "serviceAccountName": .text,
      "automountServiceAccountToken": .truth, "enableServiceLinks": .truth,
      "securityContext!": .fields([
        "runAsNonRoot": .truth, "runAsUser": .number, "runAsGroup": .number, "fsGroup": .number,
        "fsGroupChangePolicy": .choice(["OnRootMismatch", "Always"]),
        "seccompProfile": .fields(["type!": .choice(["RuntimeDefault", "Localhost"])]),
      ]),
    ]),
  ]),
])
private let job = Schema.fields([
  "apiVersion!": .choice(["kubeflow.org/v2beta1"]), "kind!": .choice(["MPIJob"]),
  "metadata!": .fields(["name!": .text, "namespace": .text, "labels": .map(.text)]),
  "spec!": .fields([
    "slotsPerWorker": .number, "runLauncherAsWorker": .truth, "sshAuthMountPath": .text,
    "launcherCreationPolicy": .choice(["AtStartup", "WaitForWorkersReady"]),
    "mpiImplementation": .choice(["OpenMPI", "Intel", "MPICH"]),
    "mpiReplicaSpecs!": .fields(["Launcher!": replica, "Worker!": replica]),
    "runPolicy": .fields([
      "cleanPodPolicy": .choice(["None", "Running", "All"]), "ttlSecondsAfterFinished": .number,
      "activeDeadlineSeconds": .number, "backoffLimit": .number, "suspend": .truth,
      "managedBy": .text,
    ]),
  ]),
])

@Suite struct KubernetesTests {
  private static func text() throws -> String { try KubernetesFile.text("mpijob.yaml") }

  private static func problems(_ text: String) throws -> [String] {
    job.problems(try Yams.load(yaml: text), at: "job")
  }

  @Test func manifestIsAnMPIJob() throws {
    #expect(try Self.problems(try Self.text()) == [])
  }

  @Test(arguments: [
    ("slotsPerWorker: 8", "slotPerWorker: 8", "job.spec.slotPerWorker: no such field"),
    ("slotsPerWorker: 8", "slotsPerWorker: eight", "job.spec.slotsPerWorker: String is no number"),
    ("OpenMPI", "OpenMpi", "job.spec.mpiImplementation: 'OpenMpi' is none of"),
    ("    Launcher:", "    Leader:", "job.spec.mpiReplicaSpecs: Launcher is missing"),
    ("{name: runs, mountPath: /runs}", "{name: runs}", "mountPath is missing"),
  ])
  func whatIsWrongIsSeen(_ right: String, _ wrong: String, _ problem: String) throws {
    let text = try Self.text()
    #expect(text.contains(right))
    let problems = try Self.problems(text.replacingOccurrences(of: right, with: wrong))
    #expect(problems.contains { $0.contains(problem) }, "\(problems)")
  }

  /// A core for each rank, a volume for each mount.
  @Test func partsFitTogether() throws {
    let loaded = try Yams.load(yaml: try Self.text())
    let spec = try #require((loaded as? [String: Any])?["spec"] as? [String: Any])
    let replicas = try #require(spec["mpiReplicaSpecs"] as? [String: [String: Any]])
    for (role, replica) in replicas {
      let template = try #require(replica["template"] as? [String: Any])
      let pod = try #require(template["spec"] as? [String: Any])
      let container = try #require((pod["containers"] as? [[String: Any]])?.first)
      let limits = (container["resources"] as? [String: [String: Any]])?["limits"]
      #expect(limits?["cpu"] as? Int == spec["slotsPerWorker"] as? Int, "\(role)")
      let mounts = (container["volumeMounts"] as? [[String: Any]] ?? []).map {
        $0["name"] as? String
      }
      let volumes = (pod["volumes"] as? [[String: Any]] ?? []).map { $0["name"] as? String }
      #expect(!mounts.isEmpty && Set(mounts) == Set(volumes), "\(role)")
    }
  }

  /// The pods have the config map's one file, and it names no others.
  @Test func theConfigMapHasTheWholeStudy() throws {
    let commands = try Self.text().split(separator: "\n").filter { $0.hasPrefix("#   ") }
      .map { $0.drop { $0 == "#" || $0 == " " } }
    let index = try #require(commands.firstIndex { $0.contains("create configmap srelu-study") })
    #expect(commands[index].hasSuffix("--from-file=study.yaml=/dev/stdin"))
    #expect(commands[index - 1].contains("srelu plan configs/paper.yaml --yaml |"))
    let loaded = try Yams.load(yaml: try Self.text())
    let spec = try #require((loaded as? [String: Any])?["spec"] as? [String: Any])
    let replicas = try #require(spec["mpiReplicaSpecs"] as? [String: [String: Any]])
    let pod = try #require(
      (replicas["Launcher"]?["template"] as? [String: Any])?["spec"] as? [String: Any])
    let volumes = try #require(pod["volumes"] as? [[String: Any]])
    let maps = volumes.compactMap { $0["configMap"] as? [String: String] }
    #expect(maps == [["name": "srelu-study"]])
  }
}
