/// Every optimizer that a config may name.
public enum OptimizerCatalogue {
  /// The optimizers with their parameters; the defaults are Keras's.
  public static let variants: [Variant] = [
    Variant(
      name: "adam", purpose: "Adam (Kingma & Ba 2015) in Keras's form.",
      parameters: [
        Setting(
          "beta1", .number(.from(0, to: 0.999_999)), default: .number(0.9), symbol: "β₁",
          "Decay of the running mean of the gradients."),
        Setting(
          "beta2", .number(.from(0, to: 0.999_999)), default: .number(0.999), symbol: "β₂",
          "Decay of the running mean of the squared gradients."),
        Setting(
          "epsilon", .number(.from(1e-30, to: 1)), default: .number(1e-7), symbol: "ε",
          "Added to the root of that mean before the gradient is divided by it."),
      ])
  ]
}

extension TrainingSpec {
  /// A parameter of the optimizer, its default where the config names none; nil for one that the
  /// optimizer doesn't have.
  public func optimizerParameter(_ key: String) -> SettingValue? {
    if let value = optimizer.parameters[key] { return value }
    let variant = OptimizerCatalogue.variants.first { $0.name == optimizer.name }
    return variant?.parameters.first { $0.key == key }?.defaultValue
  }
}
