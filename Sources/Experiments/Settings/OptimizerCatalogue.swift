import Models

/// Every optimizer that a config may name, as `OptimizerSpec.known` describes them.
package enum OptimizerCatalogue {
  package static let variants = OptimizerSpec.known.map { optimizer in
    Variant(
      name: optimizer.name, purpose: optimizer.purpose,
      parameters: optimizer.settings.map(Setting.init))
  }
}

extension Setting {
  fileprivate init(_ setting: OptimizerSetting) {
    let type: SettingType =
      switch setting.values {
      case .numbers(let range):
        .number(.init(minimum: range.lowerBound, maximum: range.upperBound, excludesMaximum: true))
      case .flag: .flag
      }
    let usual: SettingValue =
      type == .flag ? .flag(setting.defaultValue == 1) : .number(setting.defaultValue)
    self.init(setting.key, type, default: usual, symbol: setting.symbol, setting.purpose)
  }
}

extension SettingValue {
  /// The value as optimizers take it: a number, and 1 for true.
  var asNumber: Double? {
    if case .flag(let flag) = self { flag ? 1 : 0 } else { number }
  }
}
