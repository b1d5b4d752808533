import Support

/// How parameters move along their gradients: the one description of an optimizer, from which its
/// memory, what checkpoints call it, and its step come.
///
/// The arithmetic on vectors is the step of the same name in `CKernels/optimizers.inc.h`; here is what
/// it is given. To add an optimizer, write that step, and the value here with its line in
/// `OptimizerSpec.known`.
public protocol Optimizer: Hashable, Sendable {
  /// The name in configs and in checkpoints, and of the kernel.
  static var name: String { get }
  /// What it is, in a line of the reference of keys.
  static var purpose: String { get }
  /// What is kept for each parameter from step to step, zero at first: names as checkpoints have them.
  /// At most `optimizerSlotLimit`.
  static var slots: [String] { get }
  /// The settings besides the learning rate.
  static var settings: [OptimizerSetting] { get }

  /// Step size.
  var learningRate: Float { get set }

  /// An optimizer with these values, by the keys of `settings`; what is missing is at its default.
  init(learningRate: Float, settings: [String: Double])

  /// What the kernel reads, in its order, at step `step`, counted from 1.
  func constants(step: Int) -> SIMD4<Float>
}

extension Optimizer {
  /// The value of a setting: the given one, or its default.
  static func value(of key: String, in values: [String: Double]) -> Double {
    guard let value = values[key] ?? settings.first(where: { $0.key == key })?.defaultValue else {
      preconditionFailure("\(name) has no setting \(key)")
    }
    return value
  }
}

/// The most slots of an optimizer: `SRELU_OPTIMIZER_SLOTS` of the kernels.
public let optimizerSlotLimit = 4

/// A setting of an optimizer.
public struct OptimizerSetting: Hashable, Sendable {
  /// What values there are.
  public enum Values: Hashable, Sendable {
    /// Numbers from the first up to the second, which isn't one of them.
    case numbers(Range<Double>)
    /// False or true, which are 0 and 1.
    case flag
  }

  /// The key in a config.
  public let key: String
  /// Its usual sign in formulas and tables; nil for none.
  public let symbol: String?
  /// What it does, in a line of the reference of keys.
  public let purpose: String
  /// What values there are.
  public let values: Values
  /// The value where none is given.
  public let defaultValue: Double

  /// A setting from its parts.
  public init(
    _ key: String, _ values: Values, default defaultValue: Double, symbol: String? = nil,
    _ purpose: String
  ) {
    self.key = key
    self.symbol = symbol
    self.purpose = purpose
    self.values = values
    self.defaultValue = defaultValue
  }

  /// Whether the setting may have this value.
  public func accepts(_ value: Double) -> Bool {
    switch values {
    case .numbers(let range): range.contains(value)
    case .flag: value == 0 || value == 1
    }
  }
}

/// An optimizer by its name, with those of its settings that aren't at their defaults.
public struct OptimizerSpec: Hashable, Sendable {
  /// The name in configs.
  public var name: String
  /// Values by the settings' keys; what is missing is at its default.
  public var settings: [String: Double]

  /// An optimizer by name and settings.
  public init(name: String = Adam.name, settings: [String: Double] = [:]) {
    self.name = name
    self.settings = settings
  }

  /// The optimizer of that name; nil where there is none.
  public static func type(named name: String) -> (any Optimizer.Type)? {
    known.first { $0.name == name }
  }

  /// The optimizer, ready to take steps.
  ///
  /// - Throws: `OptimizerError` for an unknown name or key, or a value out of range.
  public func optimizer(learningRate: Float) throws(OptimizerError) -> any Optimizer {
    guard let type = Self.type(named: name) else {
      let names = Self.known.map { $0.name }.joined(separator: ", ")
      throw OptimizerError(description: "No optimizer is called \(name): choose one of \(names).")
    }
    let keys = type.settings.map(\.key)
    if let unknown = settings.keys.sorted().first(where: { !keys.contains($0) }) {
      throw OptimizerError(
        description: "\(name) has no setting \(unknown)"
          + (keys.isEmpty ? "." : ": it has \(keys.joined(separator: ", "))."))
    }
    var resolved: [String: Double] = [:]
    for setting in type.settings {
      let value = settings[setting.key] ?? setting.defaultValue
      guard setting.accepts(value) else {
        let expected =
          switch setting.values {
          case .numbers(let range): "at least \(range.lowerBound) and below \(range.upperBound)"
          case .flag: "true or false"
          }
        throw OptimizerError(
          description: "\(name): \(setting.key) must be \(expected), not \(value).")
      }
      resolved[setting.key] = value
    }
    return type.init(learningRate: learningRate, settings: resolved)
  }
}

/// A config asks for an optimizer that there isn't.
public struct OptimizerError: ReportableError {
  /// What is wrong and what would be right.
  public let description: String
  /// Of the class "config".
  public var exitCode: ExitCode { .usage }
}
