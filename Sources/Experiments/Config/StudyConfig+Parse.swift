import Foundation
import Support

extension StudyConfig {
  package static let trialLimit = 100_000
  /// The largest config file that is read, in bytes.
  private static let sizeLimit = 1 << 20

  /// Reads and checks the config file at `path`. Relative paths in it start from its folder.
  /// - Parameters:
  ///   - path: the file.
  ///   - overrides: `key.path=value` each, applied in order before anything is checked.
  /// - Throws: `ConfigError` with everything that is wrong.
  package init(contentsOf path: String, overrides: [String] = []) throws(ConfigError) {
    let location = ConfigLocation(source: path)
    let text = try Self.read(path, location)
    let url = URL(fileURLWithPath: path)
    try self.init(
      yaml: text, file: path, baseDirectory: url.deletingLastPathComponent().path,
      overrides: overrides)
  }

  /// Reads and checks a config.
  /// - Parameters:
  ///   - yaml: its text.
  ///   - file: what messages call it; its stem is the study's name where the text gives none.
  ///   - baseDirectory: the folder that relative paths in it start from.
  ///   - overrides: `key.path=value` each, applied in order before anything is checked.
  /// - Throws: `ConfigError` with everything that is wrong.
  package init(
    yaml: String, file: String, baseDirectory: String, overrides: [String] = []
  ) throws(ConfigError) {
    let location = ConfigLocation(source: file)
    let document = try ConfigNode(yaml: yaml, ConfigNode.Origin(source: file))
    var root = document ?? ConfigNode(content: .mapping([]), location: location)
    if root.isNothing { root.content = .mapping([]) }
    if case .mapping(let entries) = root.content, entries.isEmpty, overrides.isEmpty {
      throw ConfigError(
        at: location,
        "expected keys such as datasets, architectures, activations; found an empty file")
    }
    guard case .mapping = root.content else {
      throw ConfigError(
        at: root.location,
        "expected keys such as datasets, architectures, activations; found \(root.summary)")
    }
    for (index, override) in overrides.enumerated() {
      try root.apply(override: override, number: index + 1)
    }
    let reader = ConfigReader()
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    root = reader.resolvingActivationFiles(root, file: file, base: baseDirectory)
    let config =
      reader.problems.isEmpty ? reader.study(root, stem: stem, base: baseDirectory) : nil
    guard let config, reader.problems.isEmpty else {
      // Problems of the file by line, then those of the command line.
      let order = { (location: ConfigLocation) in (location.line ?? .max, location.column ?? .max) }
      throw ConfigError(
        problems: reader.problems.sorted { order($0.location) < order($1.location) })
    }
    self = config
  }

  static func read(
    _ path: String, _ location: ConfigLocation
  ) throws(ConfigError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try POSIXFileSystem().read(path, atMost: sizeLimit)
    } catch {
      throw ConfigError(at: location, reason(of: error))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\u{fffd}" }
      let line = valid.reduce(1) { $1.isNewline ? $0 + 1 : $0 }
      throw ConfigError(
        at: ConfigLocation(source: location.source, line: line),
        "expected UTF-8 text, found bytes that aren't; save the file as UTF-8")
    }
    return text
  }

  /// A pipe may never end, and can be read once only, and the program and its launcher read some files
  /// again.
  private static func reason(of error: SystemCallError) -> String {
    let advice = "write it to a file first, and give that file"
    return switch error {
    case SystemCallError(code: ENOENT): "no such file"
    case SystemCallError(code: EISDIR): "expected a file, found a folder"
    case .pipe: "expected a file, found a pipe; \(advice)"
    case .device: "expected a file, found a device; \(advice)"
    case .tooLong: "expected at most \(sizeLimit) bytes, found more"
    case _ where error.isOtherKind: "expected a file, found a socket or a device; \(advice)"
    default: "the file can't be opened for reading: \(error.reason)"
    }
  }
}
