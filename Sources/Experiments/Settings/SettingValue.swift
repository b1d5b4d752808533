/// A value that a setting can have.
public enum SettingValue: Hashable, Codable, Sendable {
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
  public var text: String { text(joining: " ") }

  /// As `text`, in a label, which has no spaces.
  var label: String { text(joining: "-") }

  /// As a config has it.
  var yaml: String {
    switch self {
    case .sizes(let sizes): "[" + sizes.map(String.init).joined(separator: ", ") + "]"
    case .variant(let variant): variant.yaml
    default: text
    }
  }

  /// As ids and files have it.
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
    case .integer(let integer): String(integer)
    case .seed(let seed): String(seed)
    case .flag(let flag): String(flag)
    case .word(let word): word
    case .sizes(let sizes): sizes.map(String.init).joined(separator: separator)
    case .variant(let variant): variant.label
    }
  }
}

/// A type whose values are those of settings.
package protocol SettingRepresentable: Hashable, Sendable {
  /// The value that a setting's value stands for; nil where that is of another type.
  init?(_ value: SettingValue)
  /// This value as a setting's.
  var settingValue: SettingValue { get }
}

extension Double: SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard case .number(let number) = value else { return nil }
    self = number
  }
  package var settingValue: SettingValue { .number(self) }
}

extension Int: SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard case .integer(let integer) = value else { return nil }
    self = integer
  }
  package var settingValue: SettingValue { .integer(self) }
}

extension UInt64: SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard case .seed(let seed) = value else { return nil }
    self = seed
  }
  package var settingValue: SettingValue { .seed(self) }
}

extension Bool: SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard case .flag(let flag) = value else { return nil }
    self = flag
  }
  package var settingValue: SettingValue { .flag(self) }
}

extension [Int]: SettingRepresentable {
  package init?(_ value: SettingValue) {
    guard case .sizes(let sizes) = value else { return nil }
    self = sizes
  }
  package var settingValue: SettingValue { .sizes(self) }
}

extension SettingRepresentable where Self: RawRepresentable, RawValue == String {
  /// The case that a word names.
  package init?(_ value: SettingValue) {
    guard case .word(let word) = value else { return nil }
    self.init(rawValue: word)
  }
  /// The case's word.
  package var settingValue: SettingValue { .word(rawValue) }
}
