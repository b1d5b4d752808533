/// One of a few things that a config names and that have parameters of their own: an optimizer.
package struct Variant: Hashable, Sendable {
  package let name: String
  /// What it is, in a line of the reference.
  package let purpose: String
  /// Its parameters, each with a default.
  package let parameters: [Setting]

  /// Whether these may be its parameters.
  func accepts(_ values: [String: SettingValue]) -> Bool {
    values.allSatisfy { key, value in
      parameters.first { $0.key == key }?.type.accepts(value) == true
    }
  }

  /// It with parameters, of which those at their defaults are left out.
  func spec(_ values: [String: SettingValue]) -> VariantSpec {
    VariantSpec(
      name,
      parameters: values.filter { key, value in
        parameters.contains { $0.key == key && $0.defaultValue != value }
      })
  }
}

/// A thing that a config named, with the parameters that aren't at their defaults: it has one spelling.
package struct VariantSpec: Hashable, Codable, Sendable {
  package var name: String
  /// The parameters that differ from their defaults, by the config's keys.
  package var parameters: [String: SettingValue]

  /// A thing with the parameters that differ from their defaults.
  package init(_ name: String, parameters: [String: SettingValue] = [:]) {
    self.name = name
    self.parameters = parameters
  }

  private var sorted: [(key: String, value: SettingValue)] {
    parameters.sorted { $0.key < $1.key }
  }

  /// `adam`, `adam(epsilon=0.001)`.
  package var label: String {
    let shown = sorted.map { "\($0.key)=\($0.value.label)" }
    return shown.isEmpty ? name : "\(name)(\(shown.joined(separator: ",")))"
  }

  var yaml: String {
    let shown = sorted.map { "\($0.key): \($0.value.yaml)" }
    return shown.isEmpty ? name : "{\(name): {\(shown.joined(separator: ", "))}}"
  }

  var json: CanonicalJSON {
    guard !parameters.isEmpty else { return .string(name) }
    let values = Dictionary(
      uniqueKeysWithValues: parameters.map { ($0.replacing("-", with: "_"), $1.json) })
    return .object(["name": .string(name), "parameters": .object(values)])
  }
}

extension VariantSpec: SettingRepresentable {
  package var settingValue: SettingValue { .variant(self) }
}
