/// Reading of everything that a `Setting` describes.
extension ConfigReader {
  /// The combinations of a named thing's parameters, the last one changing fastest.
  func combinations(
    of settings: [Setting], of name: String, _ node: ConfigNode
  ) -> [[String: SettingValue]]? {
    let keys = settings.map(\.key)
    guard let values = mapping(node, keys: keys, expected: "parameters of \(name)") else {
      return nil
    }
    var result: [[String: SettingValue]]? = [[:]]
    for setting in settings {
      guard let node = values[setting.key] else { continue }
      guard let axis = axis(node, of: setting), let bases = result else {
        result = nil
        continue
      }
      guard bases.count * axis.count <= Self.axisLimit else {
        report(node, "the lists multiply to more than \(Self.axisLimit) combinations")
        result = nil
        continue
      }
      result = bases.flatMap { base in axis.map { base.merging([setting.key: $0]) { $1 } } }
    }
    return result
  }

  /// One value or a list of them.
  func axis(_ node: ConfigNode, of setting: Setting) -> [SettingValue]? {
    switch setting.type {
    case .sizes(let range):
      // A list of numbers is one value.
      return node.isSequenceOfSequences
        ? axis(node) { self.sizes($0, in: range).map { [$0] } }
        : sizes(node, in: range).map { [$0] }
    case .variant(let variants, let what):
      return axis(node) { self.variants($0, among: variants, what: what) }
    default: return axis(node) { self.value($0, of: setting).map { [$0] } }
    }
  }

  /// The value of a setting that has one.
  func value(_ node: ConfigNode, of setting: Setting) -> SettingValue? {
    switch setting.type {
    case .number(let range):
      number(node, expected: range.expectation, range.contains).map { .number($0) }
    case .integer(_, let word?) where node.isText(word): .word(word)
    case .integer(let range, _):
      integer(node, in: range, expected: setting.type.expectation).map { .integer($0) }
    case .seed: integer(node, in: 0...UInt64.max).map { .seed($0) }
    case .odd: odd(node, of: setting.type)
    case .flag: flag(node)
    case .word(let words, let what): name(node, among: words, what: what).map { .word($0) }
    case .sizes(let range): sizes(node, in: range)
    case .variant(let variants, let what):
      self.variants(node, among: variants, what: what).flatMap { values in
        if values.count == 1 { return values[0] }
        return reject(node, "expected one \(what), found a list in its parameters")
      }
    }
  }

  private func odd(_ node: ConfigNode, of type: SettingType) -> SettingValue? {
    guard let size = node.wholeNumber(as: Int.self), type.accepts(.integer(size)) else {
      return reject(node, expected: type.expectation)
    }
    return .integer(size)
  }

  private func flag(_ node: ConfigNode) -> SettingValue? {
    guard case .scalar(let text, quoted: false) = node.content, let flag = Bool(text) else {
      return reject(node, expected: "true or false")
    }
    return .flag(flag)
  }

  private func sizes(_ node: ConfigNode, in range: ClosedRange<Int>) -> SettingValue? {
    guard case .sequence(let nodes) = node.content else {
      return reject(
        node, expected: "a list of whole numbers such as [512, 512], or a list of such lists")
    }
    guard (1...SettingType.layerLimit).contains(nodes.count) else {
      return reject(node, "expected 1 to \(SettingType.layerLimit) layers, found \(node.summary)")
    }
    let sizes = nodes.map { integer($0, in: range) }
    let known = sizes.compactMap(\.self)
    return known.count == sizes.count ? .sizes(known) : nil
  }

  /// A name, or a name with parameters, each of which may be an axis.
  private func variants(
    _ node: ConfigNode, among variants: [Variant], what: String
  ) -> [SettingValue]? {
    guard let (name, parameters) = named(node, among: variants.map(\.name), what: what),
      let variant = variants.first(where: { $0.name == name })
    else { return nil }
    guard let parameters else { return [.variant(variant.spec([:]))] }
    return combinations(of: variant.parameters, of: name, parameters)?.map {
      .variant(variant.spec($0))
    }
  }

  /// The values of an element, or of a list of them, which is an axis: not empty, each value once. One
  /// that is there twice is reported and counts once, so that the rest of the config is checked too.
  /// - Parameter areNamed: whether elements are names with parameters.
  func axis<T: Hashable>(
    _ node: ConfigNode, ofNamed areNamed: Bool = false, _ read: (ConfigNode) -> [T]?
  ) -> [T]? {
    let elements = node.elements
    guard !elements.isEmpty else {
      return reject(node, "expected at least one value, found an empty list")
    }
    var result: [T]? = []
    var origins: [T: ConfigNode] = [:]
    for element in elements {
      guard let values = read(element) else {
        result = nil
        continue
      }
      for value in values {
        guard let first = origins.updateValue(element, forKey: value) else {
          result?.append(value)
          continue
        }
        let what =
          areNamed
          ? "the same as \(first.path) once its parameters are filled in"
          : "\(element.summary) is in the list twice"
        report(element, what + "; keep one of them")
      }
    }
    return result
  }

  /// Sets the settings that a mapping has, one value each.
  /// - Returns: whether all of them are right.
  func set<Owner>(
    _ fields: [SettingField<Owner>], from values: [String: ConfigNode], in owner: inout Owner
  ) -> Bool {
    var isRight = true
    for field in fields {
      guard let node = values[field.setting.key] else { continue }
      guard let value = value(node, of: field.setting) else {
        isRight = false
        continue
      }
      field.set(&owner, value)
    }
    return isRight
  }
}
