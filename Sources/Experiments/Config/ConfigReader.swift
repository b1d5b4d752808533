import Support

/// Reads values out of a config's tree and collects what is wrong, so that one run shows all of it.
/// Every method that returns nil has reported why.
final class ConfigReader {
  private(set) var problems: [ConfigError.Problem] = []
  /// The formulas of the config's `activation-files`, by name.
  var fileFormulas: [String] = []

  /// The most values that one axis, or several multiplied out, may have.
  static let axisLimit = StudyConfig.trialLimit
  /// The most problems that are told; nobody reads more.
  private static let problemLimit = 100

  /// Whether there are so many problems that no more are told.
  var isFull: Bool { problems.count >= Self.problemLimit }

  func report(_ location: ConfigLocation, _ key: String, _ message: String) {
    guard !isFull else { return }
    problems.append(ConfigError.Problem(location: location, key: key, message: message))
  }

  func report(_ node: ConfigNode, _ message: String) { report(node.location, node.path, message) }

  /// Reports, and returns nil.
  func reject<T>(_ location: ConfigLocation, _ key: String, _ message: String) -> T? {
    report(location, key, message)
    return nil
  }

  func reject<T>(_ node: ConfigNode, _ message: String) -> T? {
    reject(node.location, node.path, message)
  }

  func reject<T>(_ node: ConfigNode, expected: String, advice: String? = nil) -> T? {
    reject(node, "expected \(expected), found \(node.summary)" + (advice.map { "; \($0)" } ?? ""))
  }

  /// The entries of a mapping by key, after every key that isn't in `keys` was reported.
  /// - Parameters:
  ///   - moved: keys that belong elsewhere, with the path where they do.
  ///   - aside: what else may stand there, said of an unknown key.
  func mapping(
    _ node: ConfigNode, keys: [String], expected: String, moved: [String: String] = [:],
    aside: String = ""
  ) -> [String: ConfigNode]? {
    guard case .mapping(let entries) = node.content else { return reject(node, expected: expected) }
    var result: [String: ConfigNode] = [:]
    let known = Set(keys)
    for entry in entries {
      if known.contains(entry.key) {
        result[entry.key] = entry.value
      } else if !isFull {
        let hint = moved[entry.key] ?? nearestSpelling(to: entry.key, among: keys)
        report(
          entry.location, node.path(of: entry.key),
          "unknown key; " + (hint.map { "did you mean \($0)? " } ?? "")
            + (keys.isEmpty
              ? "expected no keys" : "expected one of \(keys.joined(separator: ", "))") + aside)
      }
    }
    return result
  }

  func name(_ node: ConfigNode, among names: [String], what: String) -> String? {
    guard case .scalar(let text, _) = node.content, !node.isNothing else {
      return reject(node, expected: "\(what): one of \(Self.listed(names))")
    }
    guard names.contains(text) else {
      if isFull { return nil }
      let hint = nearestSpelling(to: text, among: names).map { "did you mean \($0)? " } ?? ""
      return reject(
        node,
        "unknown \(what) \(node.quotedSummary); \(hint)"
          + "expected one of \(Self.listed(names))")
    }
    return text
  }

  private static func listed(_ names: [String]) -> String {
    let shown = 12
    guard names.count > shown else { return names.joined(separator: ", ") }
    return
      "\(names.prefix(shown).joined(separator: ", ")) and \(names.count - shown) others, which "
      + "srelu help config lists"
  }

  /// Text that isn't empty.
  func text(_ node: ConfigNode, expected: String) -> String? {
    guard case .scalar(let text, _) = node.content, !node.isNothing, !text.isEmpty else {
      return reject(node, expected: expected)
    }
    return text
  }

  /// A number that `accepts` takes.
  func number(_ node: ConfigNode, expected: String, _ accepts: (Double) -> Bool) -> Double? {
    guard let number = node.number, accepts(number) else {
      return reject(node, expected: expected, advice: node.numberAdvice(isWhole: false))
    }
    return number == 0 ? 0 : number
  }

  /// A whole number in `range`.
  /// - Parameter expected: what is expected, where more than the range is to be said.
  func integer<T: FixedWidthInteger>(
    _ node: ConfigNode, in range: ClosedRange<T>, expected: String? = nil
  ) -> T? {
    guard let number = node.wholeNumber(as: T.self), range.contains(number) else {
      return reject(
        node,
        expected: expected ?? "a whole number from \(range.lowerBound) to \(range.upperBound)",
        advice: node.numberAdvice(isWhole: true))
    }
    return number
  }
}
