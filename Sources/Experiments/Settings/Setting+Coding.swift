/// A key of a JSON object that a setting names.
struct SettingKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

extension SettingType {
  /// The value at a key, in the setting's range or not.
  func value(
    in values: KeyedDecodingContainer<SettingKey>, at key: SettingKey
  ) throws -> SettingValue {
    switch self {
    case .number: .number(try values.decode(Double.self, forKey: key))
    case .integer(_, or: nil), .odd: .integer(try values.decode(Int.self, forKey: key))
    case .integer:
      if let integer = try? values.decode(Int.self, forKey: key) {
        .integer(integer)
      } else {
        .word(try values.decode(String.self, forKey: key))
      }
    case .seed: .seed(try values.decode(UInt64.self, forKey: key))
    case .flag: .flag(try values.decode(Bool.self, forKey: key))
    case .word: .word(try values.decode(String.self, forKey: key))
    case .sizes: .sizes(try values.decode([Int].self, forKey: key))
    case .variant(let variants, _):
      .variant(try Self.variant(among: variants, in: values, at: key))
    }
  }

  /// A name, or an object of a name and the parameters that aren't at their defaults.
  private static func variant(
    among variants: [Variant], in values: KeyedDecodingContainer<SettingKey>, at key: SettingKey
  ) throws -> VariantSpec {
    if let name = try? values.decode(String.self, forKey: key) { return VariantSpec(name) }
    let object = try values.nestedContainer(keyedBy: SettingKey.self, forKey: key)
    var spec = VariantSpec(try object.decode(String.self, forKey: SettingKey("name")))
    let parameters = try object.nestedContainer(
      keyedBy: SettingKey.self, forKey: SettingKey("parameters"))
    for name in parameters.allKeys {
      let known = variants.first { $0.name == spec.name }?.parameters.first {
        $0.name == name.stringValue
      }
      guard let known else { throw DecodingError.noSuchValue(object.codingPath, name) }
      spec.parameters[known.key] = try known.type.value(in: parameters, at: name)
    }
    return spec
  }
}

extension SettingField {
  /// Takes its value out of a JSON object; the default where there is none.
  /// - Parameter name: the key.
  func decode(
    _ name: String, in values: KeyedDecodingContainer<SettingKey>, into owner: inout Owner
  ) throws {
    let key = SettingKey(name)
    if !values.contains(key), !setting.isOriginal, let usual = setting.defaultValue {
      return set(&owner, usual)
    }
    let value = try setting.type.value(in: values, at: key)
    guard setting.type.accepts(value) else {
      throw DecodingError.noSuchValue(values.codingPath, key)
    }
    set(&owner, value)
  }
}

extension DecodingError {
  /// An error for a value out of its range.
  static func noSuchValue(_ path: [any CodingKey], _ key: SettingKey...) -> DecodingError {
    .dataCorrupted(
      Context(codingPath: path + key, debugDescription: "a value that no trial can have"))
  }
}

extension CanonicalJSON: Encodable {
  func encode(to encoder: any Encoder) throws {
    switch self {
    case .string(let value): try value.encode(to: encoder)
    case .integer(let value): try value.encode(to: encoder)
    case .number(let value): try value.encode(to: encoder)
    case .flag(let value): try value.encode(to: encoder)
    case .array(let values): try values.encode(to: encoder)
    case .object(let members):
      var container = encoder.container(keyedBy: SettingKey.self)
      for (name, value) in members { try container.encode(value, forKey: SettingKey(name)) }
    }
  }
}
