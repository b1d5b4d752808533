import Support

extension Trial {
  /// 16 hexadecimal digits that stand for this trial: the start of the SHA-256 of its canonical
  /// resolved configuration. Spelling, order of keys and left-out defaults in the config don't
  /// change it. A user's own data counts by name and source, not by content.
  package var id: String { String(canonical(seeded: true).digest.prefix(16)) }

  /// As `id`, without the seed: the same for all trials of one cell.
  package var cellID: String { String(canonical(seeded: false).digest.prefix(16)) }

  /// The text that `id` is the hash of: JSON with sorted keys and fixed number formatting. A setting
  /// that the first version didn't have is left out at its default.
  package var canonicalConfiguration: String { canonical(seeded: true).text }

  /// The trial whose canonical configuration a text is, such as a `trial.json`'s.
  ///
  /// - Throws: `ResultFileError` that names the key that is missing or wrong.
  package init(canonicalConfiguration text: String) throws(ResultFileError) {
    self = try JSON.stored(in: text)
  }

  private func canonical(seeded: Bool) -> CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "dataset": dataset.canonical,
      "architecture": architecture.canonical,
      "activation": activation.canonical,
      "training": training.canonical,
    ]
    if seeded { members["seed"] = .integer(seed) }
    return .object(members)
  }

  /// Names the trial in one line: `srelu(beta=0.25) fashion-mnist cnn seed 0`. Parameters and training
  /// settings are written where they differ from the paper's; what goes by data set never is.
  package var label: String { "\(cellLabel) seed \(seed)" }

  package var cellLabel: String {
    ([activation.label, dataset.name, architecture.label] + training.labels).joined(separator: " ")
  }
}

extension TrainingSpec {
  /// Each setting that differs from the paper's; words stand for themselves.
  fileprivate var labels: [String] {
    Self.settings.compactMap { field in
      guard let value = field.value(self), field.datasetDefault == nil,
        value != field.setting.defaultValue
      else { return nil }
      return switch value {
      case .word, .variant: value.label
      default: "\(field.setting.key)=\(value.label)"
      }
    }
  }
}

extension Trial: Encodable {
  /// Writes the canonical configuration's keys and values.
  public func encode(to encoder: any Encoder) throws {
    try canonical(seeded: true).encode(to: encoder)
  }
}
