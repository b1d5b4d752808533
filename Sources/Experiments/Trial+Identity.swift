extension Trial {
  /// 16 hexadecimal digits that stand for this trial: the start of the SHA-256 of its canonical
  /// resolved configuration. Spelling, order of keys and left-out defaults in the config don't
  /// change it. A user's own data counts by name and source, not by content.
  public var id: String {
    String(CanonicalJSON.object(canonicalMembers(seeded: true)).digest.prefix(16))
  }

  /// As `id`, without the seed: the same for all trials of one cell.
  public var cellID: String {
    String(CanonicalJSON.object(canonicalMembers(seeded: false)).digest.prefix(16))
  }

  /// The text that `id` is the hash of: JSON with sorted keys and fixed number formatting. A
  /// setting that comes later must be left out here at its default, so that ids stay as they are.
  public var canonicalConfiguration: String {
    CanonicalJSON.object(canonicalMembers(seeded: true)).text
  }

  private func canonicalMembers(seeded: Bool) -> [String: CanonicalJSON] {
    var settings: [String: CanonicalJSON] = [
      "optimizer": .string(training.optimizer),
      "learning_rate": .number(training.learningRate),
      "batch_size": .integer(UInt64(training.batchSize)),
      "epochs": .integer(UInt64(training.epochs)),
    ]
    if training.precision != .fp32 { settings["precision"] = .string(training.precision.rawValue) }
    var members: [String: CanonicalJSON] = [
      "dataset": .object(dataset.canonicalMembers),
      "architecture": .object(architecture.canonicalMembers),
      "activation": .object([
        "name": .string(activation.name),
        "parameters": .object(activation.parameters.mapValues { .number($0) }),
      ]),
      "training": .object(settings),
    ]
    if seeded { members["seed"] = .integer(seed) }
    return members
  }

  /// Names the trial in one line: `srelu(beta=0.25) fashion-mnist cnn seed 0`. Parameters, learning
  /// rate, batch size and precision are written where they differ from the paper's; epochs never are.
  public var label: String { "\(cellLabel) seed \(seed)" }

  /// As `label`, without the seed.
  public var cellLabel: String {
    var parts = [activation.label, dataset.name, architecture.label]
    if training.learningRate != 0.001 {
      parts.append("learning-rate=\(canonicalText(of: training.learningRate))")
    }
    if training.batchSize != 128 { parts.append("batch-size=\(training.batchSize)") }
    if training.precision != .fp32 { parts.append(training.precision.rawValue) }
    return parts.joined(separator: " ")
  }
}

extension DatasetSpec {
  fileprivate var canonicalMembers: [String: CanonicalJSON] {
    switch source {
    case .builtin:
      return ["name": .string(name), "source": .string("builtin")]
    case .idx(let folder):
      return ["name": .string(name), "source": .string("idx"), "folder": .string(folder)]
    case .csv(let file, let label, let testFraction):
      return [
        "name": .string(name), "source": .string("csv"), "file": .string(file),
        "label": .string(label), "test_fraction": .number(testFraction),
      ]
    }
  }
}

extension ArchitectureSpec {
  fileprivate var canonicalMembers: [String: CanonicalJSON] {
    var members: [String: CanonicalJSON] = [
      "kind": .string(kind.rawValue), "hidden": .integers(hidden), "dropout": .number(dropout),
    ]
    if kind == .cnn {
      members["filters"] = .integers(filters)
      members["kernel"] = .integer(UInt64(kernel))
      members["padding"] = .string(padding.rawValue)
    }
    return members
  }

  /// The paper's network of the same family.
  var paperDefault: ArchitectureSpec { kind == .cnn ? .cnn : .ffnn }

  /// The config's name with the parameters that differ from the paper's:
  /// `cnn(hidden=512-512-512,padding=same)`.
  public var label: String {
    let usual = paperDefault
    var shown: [String] = []
    if filters != usual.filters { shown.append("filters=\(joined(filters))") }
    if kernel != usual.kernel { shown.append("kernel=\(kernel)") }
    if padding != usual.padding { shown.append("padding=\(padding.rawValue)") }
    if hidden != usual.hidden { shown.append("hidden=\(joined(hidden))") }
    if dropout != usual.dropout { shown.append("dropout=\(canonicalText(of: dropout))") }
    return shown.isEmpty ? kind.rawValue : "\(kind.rawValue)(\(shown.joined(separator: ",")))"
  }

  private func joined(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "-") }
}
