import Experiments

/// Line styles of activations, the same in every figure.
enum Palette {
  /// Returns each activation's style: those of one name share a colour and differ in their dashes.
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
