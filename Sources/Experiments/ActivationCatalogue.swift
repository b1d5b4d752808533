/// Every activation function that a config may name, with its parameters: what validation, labels
/// and tables know of them.
public enum ActivationCatalogue {
  /// A parameter of an activation function.
  public struct Parameter: Hashable, Sendable {
    /// The key in the config.
    public let key: String
    /// How it is written in tables.
    public let symbol: String
    /// Its value where a config names none.
    public let defaultValue: Double
    /// The smallest value allowed, or the largest that isn't when `excludesMinimum`.
    public let minimum: Double
    /// Whether `minimum` itself is refused.
    public let excludesMinimum: Bool
    /// The largest value allowed.
    public let maximum: Double

    /// Whether `value` may be used; never for NaN.
    public func accepts(_ value: Double) -> Bool {
      (excludesMinimum ? value > minimum : value >= minimum) && value <= maximum
    }

    /// The values allowed, in words: "a number above 0 and up to 100".
    public var rangeDescription: String {
      let low = canonicalText(of: minimum)
      let high = canonicalText(of: maximum)
      return excludesMinimum
        ? "a number above \(low) and up to \(high)" : "a number from \(low) to \(high)"
    }
  }

  /// An activation function by name.
  public struct Entry: Hashable, Sendable {
    /// The name in the config.
    public let name: String
    /// The name in tables and figures.
    public let displayName: String
    /// Its parameters, in the order in which they are written.
    public let parameters: [Parameter]

    /// This function with `parameters` where they are given and the defaults elsewhere.
    public func resolved(with parameters: [String: Double] = [:]) -> ActivationSpec {
      var values: [String: Double] = [:]
      for parameter in self.parameters {
        values[parameter.key] = parameters[parameter.key] ?? parameter.defaultValue
      }
      return ActivationSpec(name: name, parameters: values)
    }
  }

  /// Every function, in the order of the paper's tables, then sigmoid and tanh.
  public static let entries: [Entry] = [
    Entry(name: "relu", displayName: "ReLU", parameters: []),
    Entry(name: "leaky-relu", displayName: "Leaky ReLU", parameters: [slope(0.01)]),
    Entry(name: "prelu", displayName: "PReLU", parameters: [slope(0.25)]),
    Entry(name: "elu", displayName: "ELU", parameters: [scale("alpha", "α", 1)]),
    Entry(name: "gelu", displayName: "GELU", parameters: []),
    Entry(
      name: "srelu", displayName: "SReLU",
      parameters: [
        scale("alpha", "α", 1, positive: true), scale("beta", "β", 0.1),
      ]),
    Entry(name: "sigmoid", displayName: "Sigmoid", parameters: []),
    Entry(name: "tanh", displayName: "Tanh", parameters: []),
  ]

  /// The names that a config may use.
  public static var names: [String] { entries.map(\.name) }

  /// The function that a config calls `name`.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  /// A slope for negative inputs; for PReLU the one that learning starts from.
  private static func slope(_ defaultValue: Double) -> Parameter {
    Parameter(
      key: "slope", symbol: "slope", defaultValue: defaultValue, minimum: 0,
      excludesMinimum: false, maximum: 1)
  }

  private static func scale(
    _ key: String, _ symbol: String, _ defaultValue: Double, positive: Bool = false
  ) -> Parameter {
    Parameter(
      key: key, symbol: symbol, defaultValue: defaultValue, minimum: 0, excludesMinimum: positive,
      maximum: 100)
  }
}

extension ActivationSpec {
  /// The name for tables and figures with every parameter: `SReLU(α=1, β=0.1)`.
  public var displayLabel: String { displayLabel(showing: { _, _ in true }) }

  /// The name for tables and figures with the parameters that differ from their defaults:
  /// `SReLU`, `SReLU(β=0.25)`.
  public var shortDisplayLabel: String {
    displayLabel(showing: { parameter, value in value != parameter.defaultValue })
  }

  /// The config's name with the parameters that differ from their defaults: `srelu(beta=0.25)`.
  public var label: String {
    guard let entry = ActivationCatalogue.entry(named: name) else { return name }
    let shown = entry.parameters.compactMap { parameter -> String? in
      guard let value = parameters[parameter.key], value != parameter.defaultValue else {
        return nil
      }
      return "\(parameter.key)=\(canonicalText(of: value))"
    }
    return shown.isEmpty ? name : "\(name)(\(shown.joined(separator: ",")))"
  }

  private func displayLabel(
    showing isShown: (ActivationCatalogue.Parameter, Double) -> Bool
  ) -> String {
    guard let entry = ActivationCatalogue.entry(named: name) else { return name }
    let shown = entry.parameters.compactMap { parameter -> String? in
      guard let value = parameters[parameter.key], isShown(parameter, value) else { return nil }
      return "\(parameter.symbol)=\(canonicalText(of: value))"
    }
    if shown.isEmpty { return entry.displayName }
    return "\(entry.displayName)(\(shown.joined(separator: ", ")))"
  }
}
