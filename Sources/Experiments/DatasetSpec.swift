import Models

/// Where a trial's samples come from.
public struct DatasetSpec: Hashable, Sendable {
  /// The name in the config, in tables and in file names.
  package var name: String
  /// A user's own data; nil for what the program knows by name.
  package var source: DataSource?

  /// A data set by name; one that the program knows unless a source is given.
  package init(name: String, source: DataSource? = nil) {
    self.name = name
    self.source = source
  }

  /// What is known of this data set before a file is opened; nil for a user's own.
  package var known: KnownDataset? { source == nil ? KnownDataset.named(name) : nil }

  /// Whether its samples are images rather than rows of a table; nil where its files decide.
  package var holdsImages: Bool? { (source?.format ?? known?.format)?.holdsImages }

  /// The share of the samples that each seed holds out for testing by a split of its own; nil where the
  /// split is given.
  package var testFraction: Double? { source.map(\.testFraction) ?? known?.testFraction }

  /// Where each seed draws its own split of one set, so that the seeds' training sets overlap: samples
  /// tested on divided by samples trained on. Nil where the split is given.
  package var testToTrain: Double? { testFraction.map { $0 / (1 - $0) } }
}

extension DatasetSpec: Codable {
  private static let builtIn = "builtin"

  /// `{"name", "source": "builtin" or the format's name, …}`, with the format's keys.
  var canonical: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "name": .string(name), "source": .string(source?.format.name ?? Self.builtIn),
    ]
    for key in source?.format.keys ?? [] {
      switch source?.values[key.key] {
      case .text(let text): members[key.name] = .string(text)
      case .number(let number): members[key.name] = .number(number)
      case nil: break
      }
    }
    return .object(members)
  }

  /// Writes the canonical form.
  public func encode(to encoder: any Encoder) throws { try canonical.encode(to: encoder) }

  /// Reads the canonical form.
  /// - Throws: `DecodingError` that names the key that is missing or has a value that no data set has.
  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: SettingKey.self)
    name = try members.decode(String.self, forKey: SettingKey("name"))
    let stored = try members.decode(String.self, forKey: SettingKey("source"))
    guard stored != Self.builtIn else {
      guard KnownDataset.names.contains(name) else {
        throw DecodingError.noSuchValue(members.codingPath)
      }
      return
    }
    guard let format = DataFormats.own.first(where: { $0.name == stored }) else {
      throw DecodingError.noSuchValue(members.codingPath, SettingKey("source"))
    }
    var source = DataSource(format, [:])
    for key in format.keys {
      let member = SettingKey(key.name)
      guard let setting = key.setting else {
        source.values[key.key] = .text(try members.decode(String.self, forKey: member))
        continue
      }
      let share = try members.decode(Double.self, forKey: member)
      guard setting.type.accepts(.number(share)) else {
        throw DecodingError.noSuchValue(members.codingPath, member)
      }
      source.values[key.key] = .number(share)
    }
    self.source = source
  }
}

extension DataKey {
  /// The key as a setting, where it is a number.
  var setting: Setting? {
    guard case .share(let usual) = values else { return nil }
    let share = NumberRange(
      minimum: 0, excludesMinimum: true, maximum: 1, excludesMaximum: true, noun: expectation)
    return Setting(key, .number(share), default: .number(usual), original: true, purpose)
  }
}
