import Foundation
import Support

extension ConfigReader {
  /// The most files that one config may take formulas from.
  private static let fileLimit = 100

  /// A config with the formulas of its `activation-files` written where it names them, so that all that comes of
  /// it, such as the run folder's `study.yaml`, needs the files no more.
  /// - Parameters:
  ///   - file: what messages call the config.
  ///   - base: the folder that relative paths start from.
  func resolvingActivationFiles(
    _ root: ConfigNode, file: String, base: String
  ) -> ConfigNode {
    guard case .mapping(var entries) = root.content, let list = root.entry("activation-files")
    else {
      return root
    }
    var formulas: [String: ConfigNode.Entry] = [:]
    var paths: Set<String> = []
    if list.elements.count > Self.fileLimit {
      report(list, "expected at most \(Self.fileLimit) files, found \(list.summary)")
    }
    for node in list.elements.prefix(Self.fileLimit) {
      guard let name = text(node, expected: "a file of formulas, such as mine.yaml") else {
        continue
      }
      let path = absolutePath(name, base: base)
      guard paths.insert(path).inserted else {
        report(node, "\(node.summary) is in the list twice; keep one of them")
        continue
      }
      let shown =
        name.hasPrefix("/") || name.hasPrefix("~")
        ? name
        : ((file as NSString).deletingLastPathComponent as NSString).appendingPathComponent(name)
      for formula in self.formulas(inFile: path, shown: shown, at: node) {
        guard let other = formulas.updateValue(formula, forKey: formula.key) else { continue }
        report(
          formula.location, formula.value.path,
          "‘\(formula.key)’ is also in \(other.location): give one of them another name")
      }
    }
    fileFormulas = formulas.keys.sorted()
    entries.removeAll { $0.key == "activation-files" }
    for index in entries.indices where entries[index].key == "activations" {
      entries[index].value = resolved(entries[index].value, formulas)
    }
    var result = root
    result.content = .mapping(entries)
    return result
  }

  // MARK: - A file

  private func formulas(
    inFile path: String, shown: String, at node: ConfigNode
  ) -> [ConfigNode.Entry] {
    do throws(ConfigError) {
      let location = ConfigLocation(source: shown)
      let text = try StudyConfig.read(path, location)
      guard let root = try ConfigNode(yaml: text, ConfigNode.Origin(source: shown)) else {
        throw ConfigError(at: location, "expected formulas, found an empty file")
      }
      return formulas(in: root)
    } catch {
      for problem in error.problems {
        // What is wrong with the file as a whole is said where the config names it.
        if problem.location.line == nil {
          report(node, "\(shown): \(problem.message)")
        } else {
          report(problem.location, problem.key, problem.message)
        }
      }
      return []
    }
  }

  /// Named formulas: a list or a mapping, by itself or below `activations`.
  private func formulas(in root: ConfigNode) -> [ConfigNode.Entry] {
    let expected = "formulas such as mine: {formula: \"x > 0 ? x : a * x\", a: 0.5}"
    if let node = root.entry("activation-files") {
      report(node, "a file of formulas can't name others: name them all in the config")
      return []
    }
    var list = root
    if let own = root.entry("activations") {
      guard
        mapping(root.withoutPrivateKeys, keys: ["activations"], expected: expected)?.count == 1
      else { return [] }
      list = own
    }
    let entries: [ConfigNode.Entry]
    switch list.withoutPrivateKeys.content {
    case .mapping(let members): entries = members
    case .sequence(let nodes):
      entries = nodes.compactMap { node in
        guard case .mapping(let members) = node.content, members.count == 1 else {
          return reject(node, expected: "a formula such as mine: {formula: \"tanh(x)\"}")
        }
        return members[0]
      }
    case .scalar: return reject(list, expected: expected) ?? []
    }
    if entries.isEmpty, problems.isEmpty { report(list, "expected \(expected), found none") }
    return entries.filter(isRight)
  }

  /// Whether a formula of a file can be used; reports if not. Its parameters may all be left to the config.
  private func isRight(_ entry: ConfigNode.Entry) -> Bool {
    guard let node = entry.value.entry("formula") else {
      report(
        entry.location, entry.value.path,
        "expected a formula, as in \(entry.key): {formula: \"x > 0 ? x : a * x\", a: 0.5}")
      return false
    }
    guard let parameters = formula(entry, node)?.definition.parameters.map(\.key) else {
      return false
    }
    let earlier = problems.count
    let members = mapping(
      entry.value, keys: ["formula"] + parameters, expected: "a formula and its parameters")
    guard let members, problems.count == earlier else { return false }
    guard members.count > parameters.count else { return true }
    let element = ConfigNode(
      content: .mapping([entry]), location: entry.location, path: entry.value.path)
    return function(element) != nil
  }

  // MARK: - Where the config names them

  private func resolved(
    _ node: ConfigNode, _ formulas: [String: ConfigNode.Entry]
  ) -> ConfigNode {
    var result = node
    switch node.content {
    case .sequence(let nodes):
      result.content = .sequence(nodes.map { resolved($0, formulas) })
    case .scalar(let name, _):
      guard let formula = formulas[name] else { return node }
      result.content = .mapping([merged(formula, with: [], at: node)])
    case .mapping(var entries):
      if node.isLayered {
        for index in entries.indices {
          if entries[index].key == "layers" {
            entries[index].value = resolved(entries[index].value, formulas)
          } else if case .mapping = entries[index].value.content {
            entries[index].value = resolved(entries[index].value, formulas)
          }
        }
      } else if entries.count == 1, let formula = formulas[entries[0].key] {
        let own = entries[0]
        switch own.value.content {
        case .mapping(let members):
          if own.value.entry("formula") != nil {
            report(
              own.location, own.value.path,
              "‘\(own.key)’ is also in \(formula.location): give one of them another name")
          }
          entries[0] = merged(formula, with: members, at: node)
        case .scalar where own.value.isNothing: entries[0] = merged(formula, with: [], at: node)
        default: report(own.value, "expected parameters of \(own.key), found \(own.value.summary)")
        }
      }
      result.content = .mapping(entries)
    }
    return result
  }

  /// A formula of a file with the config's own parameters in place of the file's.
  private func merged(
    _ formula: ConfigNode.Entry, with own: [ConfigNode.Entry], at node: ConfigNode
  ) -> ConfigNode.Entry {
    var entry = formula
    guard case .mapping(let members) = formula.value.content else { return entry }
    let keys = Set(own.map(\.key))
    entry.location = node.location
    entry.value = ConfigNode(
      content: .mapping(members.filter { !keys.contains($0.key) } + own), location: node.location,
      path: node.path(of: formula.key))
    return entry
  }
}

extension ConfigNode {
  /// This mapping without the keys that are left alone.
  var withoutPrivateKeys: ConfigNode {
    guard case .mapping(let entries) = content else { return self }
    var result = self
    result.content = .mapping(entries.filter { !$0.key.hasPrefix("x-") })
    return result
  }
}
