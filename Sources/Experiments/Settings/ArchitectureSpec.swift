/// A network's shape with every parameter resolved.
package struct ArchitectureSpec: Hashable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable { case ffnn, cnn }
  /// How a convolution treats the border of its input.
  package enum Padding: String, Codable, Sendable, CaseIterable, SettingRepresentable {
    case valid, same
  }

  package var kind: Kind
  /// Units of each hidden dense layer.
  package var hidden: [Int]
  /// Share of the units dropped in training, in [0, 1).
  package var dropout: Double
  /// Output channels of each convolution; empty for `ffnn`.
  package var filters: [Int]
  /// Height and width of every convolution's kernel; 0 for `ffnn`.
  package var kernel: Int
  /// Padding of every convolution; `valid` for `ffnn`.
  package var padding: Padding

  /// An architecture from its resolved parameters.
  package init(
    kind: Kind, hidden: [Int] = [512, 512], dropout: Double = 0.3, filters: [Int] = [],
    kernel: Int = 0, padding: Padding = .valid
  ) {
    self.kind = kind
    self.hidden = hidden
    self.dropout = dropout
    self.filters = filters
    self.kernel = kernel
    self.padding = padding
  }

  /// The paper's feed-forward network.
  package static let ffnn = ArchitectureSpec(kind: .ffnn)
  /// The paper's convolutional network.
  package static let cnn = ArchitectureSpec(kind: .cnn, filters: [32, 64], kernel: 3)

  /// The paper's network of a family, whose parameters are the defaults.
  static func paper(_ kind: Kind) -> ArchitectureSpec { kind == .cnn ? .cnn : .ffnn }

  /// The parameters of a family, in the order in which its grid goes through them.
  package static func settings(of kind: Kind) -> [SettingField<ArchitectureSpec>] {
    kind == .cnn ? cnnSettings : ffnnSettings
  }

  private static let ffnnSettings = denseSettings(of: .ffnn)
  private static let cnnSettings =
    [
      SettingField(
        \.filters, of: cnn,
        Setting(
          "filters", .sizes(1...4096), original: true,
          "Output channels of each convolution.")),
      SettingField(
        \.kernel, of: cnn,
        Setting(
          "kernel", .odd(1...255), original: true,
          "Height and width of every convolution's kernel.")),
      SettingField(
        \.padding, of: cnn,
        Setting(
          "padding", .word(Padding.self, what: "padding"), original: true,
          "Whether convolutions trim the border (valid) or keep the size (same).")),
    ] + denseSettings(of: .cnn)

  private static func denseSettings(of usual: ArchitectureSpec) -> [SettingField<ArchitectureSpec>]
  {
    [
      SettingField(
        \.hidden, of: usual,
        Setting(
          "hidden", .sizes(1...65_536), original: true,
          "Units of each hidden dense layer.")),
      SettingField(
        \.dropout, of: usual,
        Setting(
          "dropout",
          .number(.init(minimum: 0, maximum: 1, excludesMaximum: true, noun: "a share")),
          original: true,
          "Share of the units dropped after each layer in training.")),
    ]
  }

  /// The parameters of any family, each once: the columns of files.
  static let allSettings = Kind.allCases.flatMap(settings).unique(by: \.setting.key)

  /// Each parameter of any family, and its value where this family has it.
  var values: [(setting: Setting, value: SettingValue?)] {
    let own = Set(Self.settings(of: kind).map(\.setting.key))
    return Self.allSettings.map { field in
      (field.setting, own.contains(field.setting.key) ? field.value(self) : nil)
    }
  }

  /// What ids are made of.
  var canonical: CanonicalJSON {
    var members = canonicalMembers(of: self, Self.settings(of: kind))
    members["kind"] = .string(kind.rawValue)
    return .object(members)
  }

  /// The config's name with the parameters that differ from the paper's:
  /// `cnn(hidden=512-512-512,padding=same)`.
  package var label: String {
    let shown = Self.settings(of: kind).compactMap { field -> String? in
      guard let value = field.value(self), value != field.setting.defaultValue else { return nil }
      return "\(field.setting.key)=\(value.label)"
    }
    return shown.isEmpty ? kind.rawValue : "\(kind.rawValue)(\(shown.joined(separator: ",")))"
  }
}

extension ArchitectureSpec: Codable {
  /// Reads `{"kind", "hidden", …}`; what another family has must be as the family's own networks have it.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SettingKey.self)
    self = Self.paper(try values.decode(Kind.self, forKey: SettingKey("kind")))
    let usual = self
    let own = Self.settings(of: kind)
    for field in own { try field.decode(field.setting.name, in: values, into: &self) }
    let keys = Set(own.map(\.setting.key))
    for field in Self.allSettings where !keys.contains(field.setting.key) {
      let key = SettingKey(field.setting.name)
      guard values.contains(key) else { continue }
      guard try field.setting.type.value(in: values, at: key) == field.value(usual) else {
        throw DecodingError.noSuchValue(values.codingPath, key)
      }
    }
  }

  /// Writes the parameters of all families.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: SettingKey.self)
    try container.encode(kind, forKey: SettingKey("kind"))
    for field in Self.allSettings {
      try container.encode(field.value(self)?.json, forKey: SettingKey(field.setting.name))
    }
  }
}
