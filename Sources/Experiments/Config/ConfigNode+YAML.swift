import Yams

extension ConfigNode {
  /// The most scalars, lists and mappings that a config may have, aliases written out: a bound for
  /// aliases of aliases, which grow exponentially.
  private static let nodeLimit = 100_000

  /// Keys inside keys take the parser time that grows with the square of their depth, and no config
  /// has any.
  private static let explicitKeyLimit = 100

  /// How often `? ` stands outside of comments.
  private static func explicitKeys(in yaml: String) -> Int {
    yaml.utf8.split(separator: UInt8(ascii: "\n")).reduce(0) { count, line in
      let text = line.prefix { $0 != UInt8(ascii: "#") }
      return count
        + zip(text, text.dropFirst()).count { $0 == UInt8(ascii: "?") && $1 == UInt8(ascii: " ") }
    }
  }

  /// The one document that `yaml` holds.
  /// - Parameters:
  ///   - source: what messages call the text.
  ///   - hasLines: whether messages may point to lines of it.
  ///   - path: the key path of its root.
  /// - Returns: nil when there is nothing but space and comments.
  init?(yaml: String, source: String, hasLines: Bool = true, path: String = "") throws(ConfigError)
  {
    guard Self.explicitKeys(in: yaml) <= Self.explicitKeyLimit else {
      throw ConfigError(
        at: ConfigLocation(source: source), key: path,
        "more than \(Self.explicitKeyLimit) keys written with \"? \"; write them as key: value")
    }
    let node: Node?
    do {
      let unmarked = yaml.unicodeScalars.first == "\u{feff}" ? String(yaml.dropFirst()) : yaml
      node = try Parser(yaml: unmarked, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw Self.configError(error, source: source, hasLines: hasLines, path: path)
    } catch {
      throw ConfigError(at: ConfigLocation(source: source), key: path, "\(error)")
    }
    guard let node else { return nil }
    var builder = Builder(source: source, hasLines: hasLines, left: Self.nodeLimit)
    self = try builder.build(node, path: path)
  }

  private struct Builder {
    let source: String
    let hasLines: Bool
    var left: Int

    mutating func build(_ node: Node, path: String) throws(ConfigError) -> ConfigNode {
      let location = location(of: node.mark)
      left -= 1
      guard left > 0 else {
        throw ConfigError(
          at: location, key: path, "more than \(ConfigNode.nodeLimit) values, aliases written out")
      }
      switch node {
      case .scalar(let scalar):
        let quoted = scalar.style != .plain || scalar.tag == Tag(.str)
        return ConfigNode(
          content: .scalar(scalar.string, quoted: quoted), location: location, path: path)
      case .sequence(let sequence):
        var nodes: [ConfigNode] = []
        for (index, element) in sequence.enumerated() {
          nodes.append(try build(element, path: "\(path)[\(index)]"))
        }
        return ConfigNode(content: .sequence(nodes), location: location, path: path)
      case .mapping(let mapping):
        return try build(mapping, at: location, path: path)
      case .alias:
        throw ConfigError(at: location, key: path, "an alias that points nowhere")
      }
    }

    private mutating func build(
      _ mapping: Node.Mapping, at location: ConfigLocation, path: String
    ) throws(ConfigError) -> ConfigNode {
      var result = ConfigNode(content: .mapping([]), location: location, path: path)
      var entries: [Entry] = []
      for (key, value) in mapping {
        guard case .scalar(let scalar) = key else {
          throw ConfigError(
            at: self.location(of: key.mark), key: path,
            "a key must be one word, not a list or mapping")
        }
        if entries.contains(where: { $0.key == scalar.string }) {
          throw ConfigError(
            at: self.location(of: key.mark), key: result.path(of: scalar.string),
            "the key is written twice in one mapping; keep one of them")
        }
        entries.append(
          Entry(
            key: scalar.string, location: self.location(of: key.mark),
            value: try build(value, path: result.path(of: scalar.string))))
      }
      result.content = .mapping(entries)
      return result
    }

    private func location(of mark: Mark?) -> ConfigLocation {
      guard hasLines, let mark else { return ConfigLocation(source: source) }
      return ConfigLocation(source: source, line: mark.line, column: mark.column)
    }
  }

  private static func configError(
    _ error: YamlError, source: String, hasLines: Bool, path: String
  ) -> ConfigError {
    func problem(_ line: Int?, _ column: Int?, _ key: String, _ message: String) -> ConfigError {
      let location = ConfigLocation(
        source: source, line: hasLines ? line : nil, column: hasLines ? column : nil)
      return ConfigError(at: location, key: key, message)
    }
    switch error {
    case .scanner(let context, let text, let mark, _), .parser(let context, let text, let mark, _),
      .composer(let context, let text, let mark, _):
      let place = context.map { context in
        let line = hasLines ? " that starts in line \(context.mark.line)" : ""
        return " (\(context.text)\(line))"
      }
      return problem(mark.line, mark.column, path, "expected YAML; \(text)\(place ?? "")")
    case .reader(let text, let offset, _, let yaml):
      let before = offset.map {
        yaml.prefix($0).split(separator: "\n", omittingEmptySubsequences: false)
      }
      return problem(
        before?.count, before?.last.map { $0.count + 1 }, path, "expected YAML text; \(text)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { CanonicalJSON.quoted($0) }.joined(separator: ", ")
      return problem(
        context.mark.line, context.mark.column,
        [path, duplicates.first ?? ""].filter { !$0.isEmpty }.joined(separator: "."),
        "written twice in one mapping: \(keys), first here; keep one of them")
    default:
      return problem(nil, nil, path, "expected YAML; \(String(describing: error))")
    }
  }
}
