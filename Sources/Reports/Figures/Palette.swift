import Experiments

/// The colour of each activation, the same in every figure: Okabe and Ito's, which people with any
/// common colour blindness tell apart, and a dash of its own for print in black and white.
enum Palette {
  struct Style: Hashable {
    /// `#rrggbb`.
    var colour: String
    /// gnuplot's dash type.
    var dash: Int
    /// gnuplot's point type.
    var point: Int
  }

  private static let colours = [
    "relu": "#0072B2", "leaky-relu": "#56B4E9", "prelu": "#009E73", "elu": "#E69F00",
    "gelu": "#CC79A7", "srelu": "#D55E00", "sigmoid": "#000000", "tanh": "#7F7F7F",
  ]
  private static let points = [
    "relu": 5, "leaky-relu": 4, "prelu": 9, "elu": 11, "gelu": 13, "srelu": 7, "sigmoid": 1,
    "tanh": 2,
  ]

  /// The style of each activation of a figure: several of one name share its colour and differ in
  /// their dashes.
  static func styles(of activations: [ActivationSpec]) -> [ActivationSpec: Style] {
    var seen: [String: Int] = [:]
    var styles: [ActivationSpec: Style] = [:]
    for activation in activations where styles[activation] == nil {
      let index = seen[activation.name, default: 0]
      seen[activation.name] = index + 1
      let own = dash(of: activation.name)
      styles[activation] = Style(
        colour: colours[activation.name] ?? "#000000", dash: (own - 1 + index) % 5 + 1,
        point: points[activation.name] ?? 6)
    }
    return styles
  }

  /// The subject's lines are whole.
  private static func dash(of name: String) -> Int {
    switch name {
    case "srelu": 1
    case "relu", "elu": 2
    case "leaky-relu", "gelu": 4
    default: 5
    }
  }

  /// From white to the darkest shade of a confusion matrix.
  static let shades = "defined (0 '#FFFFFF', 1 '#0072B2')"
}
