/// A value that a setting can have.
package enum SettingValue: Hashable, Codable, Sendable {
  case number(Double)
  case integer(Int)
  case seed(UInt64)
  case flag(Bool)
  /// One of a few words.
  case word(String)
  /// Sizes of layers, from the first to the last.
  case sizes([Int])
  /// One of a few things that have parameters of their own.
  case variant(VariantSpec)

  /// The value in one line, as tables and CSV files have it; sizes are joined by spaces.
  package var text: String { text(joining: " ") }

  /// As `text`, in a label, which has no spaces.
  var label: String { text(joining: "-") }

  var yaml: String {
    switch self {
    case .sizes(let sizes): "[" + sizes.map(String.init).joined(separator: ", ") + "]"
    case .variant(let variant): variant.yaml
    default: text
    }
  }

  /// The value of a setting that is a number.
  package var number: Double? {
    switch self {
    case .number(let number): number
    case .integer(let integer): Double(integer)
    default: nil
    }
  }

  /// The value in JSON files.
  package var document: any Encodable { json }

  var json: CanonicalJSON {
    switch self {
    case .number(let number): .number(number)
    // Ranges of whole numbers begin at 0 or above.
    case .integer(let integer): .integer(UInt64(integer))
    case .seed(let seed): .integer(seed)
    case .flag(let flag): .flag(flag)
    case .word(let word): .string(word)
    case .sizes(let sizes): .integers(sizes)
    case .variant(let variant): variant.json
    }
  }

  private func text(joining separator: String) -> String {
    switch self {
    case .number(let number): canonicalText(of: number)
    case .sizes(let sizes): sizes.map(String.init).joined(separator: separator)
    case .variant(let variant): variant.label
    case .integer, .seed, .flag, .word: "\(content)"
    }
  }

  fileprivate var content: Any {
    switch self {
    case .number(let number): number
    case .integer(let integer): integer
    case .seed(let seed): seed
    case .flag(let flag): flag
    case .word(let word): word
    case .sizes(let sizes): sizes
    case .variant(let variant): variant
    }
  }
}

/// A type whose values are those of settings.
package protocol SettingRepresentable: Hashable, Sendable {
  /// The value that a setting's value stands for; nil where that is of another type.
  init?(_ value: SettingValue)
  var settingValue: SettingValue { get }
}

extension SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard let own = value.content as? Self else { return nil }
    self = own
  }
}

extension Double: SettingRepresentable {
  package var settingValue: SettingValue { .number(self) }
}

extension Int: SettingRepresentable {
  package var settingValue: SettingValue { .integer(self) }
}

extension UInt64: SettingRepresentable {
  package var settingValue: SettingValue { .seed(self) }
}

extension Bool: SettingRepresentable {
  package var settingValue: SettingValue { .flag(self) }
}

extension [Int]: SettingRepresentable {
  package var settingValue: SettingValue { .sizes(self) }
}

extension SettingRepresentable where Self: RawRepresentable, RawValue == String {
  /// The case that a word names.
  package init?(_ value: SettingValue) {
    guard case .word(let word) = value else { return nil }
    self.init(rawValue: word)
  }
  package var settingValue: SettingValue { .word(rawValue) }
}
