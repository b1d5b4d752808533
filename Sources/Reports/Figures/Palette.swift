import Experiments

/// The look of each activation's line, the same in every figure.
enum Palette {
  /// The style of each activation of a figure: several of one name share its colour and differ in
  /// their dashes.
  static func styles(
    of activations: [ActivationSpec]
  ) -> [ActivationSpec: ActivationDefinition.Style] {
    var seen: [String: Int] = [:]
    var styles: [ActivationSpec: ActivationDefinition.Style] = [:]
    for activation in activations where styles[activation] == nil {
      let index = seen[activation.name, default: 0]
      seen[activation.name] = index + 1
      let own = activation.definition?.style ?? .unknown
      styles[activation] = own.dashed(index)
    }
    return styles
  }

  /// From white to the darkest shade of a confusion matrix.
  static let shades = "defined (0 '#FFFFFF', 1 '#0072B2')"
}
