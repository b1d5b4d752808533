import Support

/// An optimizer's single description, from which its memory, checkpoint names and step are derived.
///
/// The arithmetic on vectors is the step of the same name in `CKernels/optimizers.inc.h`; the
/// constants it reads are computed here. To add an optimizer, write that step, and the type here
/// with its entry in `OptimizerSpec.known`.
public protocol Optimizer: Hashable, Sendable {
  /// The name in configs, checkpoints and kernels.
  static var name: String { get }
  /// A one-line description for the reference of keys.
  static var purpose: String { get }
  /// Names of the values kept per parameter, zero at first; at most `optimizerSlotLimit`.
  static var slots: [String] { get }
  /// The settings besides the learning rate.
  static var settings: [OptimizerSetting] { get }

  var learningRate: Float { get set }

  /// An optimizer with these values by the keys of `settings`; missing ones take their defaults.
  init(learningRate: Float, settings: [String: Double])

  /// Returns the kernel's constants, in its order, at step `step`, counted from 1.
  func constants(step: Int) -> SIMD4<Float>
}

extension Optimizer {
  static func value(of key: String, in values: [String: Double]) -> Double {
    guard let value = values[key] ?? settings.first(where: { $0.key == key })?.defaultValue else {
      preconditionFailure("\(name) has no setting \(key)")
    }
    return value
  }
}

/// The maximum number of slots: `SRELU_OPTIMIZER_SLOTS` of the kernels.
public let optimizerSlotLimit = 4

/// A setting of an optimizer.
public struct OptimizerSetting: Hashable, Sendable {
  /// The valid values.
  public enum Values: Hashable, Sendable {
    /// Numbers from the lower bound up to but excluding the upper.
    case numbers(Range<Double>)
    /// False or true, as 0 and 1.
    case flag
  }

  /// The key in a config.
  public let key: String
  /// The usual symbol in formulas and tables; nil if there is none.
  public let symbol: String?
  /// A one-line description for the reference of keys.
  public let purpose: String
  /// The valid values.
  public let values: Values
  /// The default value.
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

  /// Whether a value is valid.
  public func accepts(_ value: Double) -> Bool {
    switch values {
    case .numbers(let range): range.contains(value)
    case .flag: value == 0 || value == 1
    }
  }
}

/// An optimizer's name and its settings that differ from their defaults.
public struct OptimizerSpec: Hashable, Sendable {
  /// The name in configs.
  public var name: String
  /// Values by the settings' keys; missing ones take their defaults.
  public var settings: [String: Double]

  /// A spec from name and settings.
  public init(name: String = Adam.name, settings: [String: Double] = [:]) {
    self.name = name
    self.settings = settings
  }

  /// Returns the optimizer of that name; nil if there is none.
  public static func type(named name: String) -> (any Optimizer.Type)? {
    known.first { $0.name == name }
  }

  /// Returns the configured optimizer.
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

/// A config asks for an invalid optimizer.
public struct OptimizerError: ReportableError {
  /// The error and the valid values.
  public let description: String
  /// `usage`.
  public var exitCode: ExitCode { .usage }
}
