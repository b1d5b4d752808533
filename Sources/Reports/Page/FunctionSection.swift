import Experiments
import Synchronization

/// A study's activation functions: a card and a figure of each.
struct FunctionSection: Sendable {
  struct Entry: Sendable {
    let activation: ActivationSpec
    let card: FunctionCard
    /// The time of its training steps in this study; nil where there is nothing to compare.
    let stepTime: RelativeStepTime?
    /// Its id is made unique by the report.
    var figure: Figure
  }

  /// With more than this, only the first ones have a card.
  static let most = 24

  var entries: [Entry]
  /// A sentence about those without a card.
  let note: String?

  init(_ analysis: StudyAnalysis) {
    let activations = analysis.results.activations.flatMap(\.functions).unique(by: \.self)
    note =
      activations.count > Self.most
      ? "The first \(Self.most) of \(activations.count) functions." : nil
    entries = activations.prefix(Self.most).compactMap { activation in
      // A study of another version may have a function that isn't known here.
      guard let card = Self.card(activation),
        let figure = try? FunctionFigure.figure(activation, isSmall: true)
      else { return nil }
      return Entry(
        activation: activation, card: card,
        stepTime: RelativeStepTime(activation, in: analysis), figure: figure)
    }
  }

  /// Made once: a report that is served is written again and again.
  private static let known = Mutex<[ActivationSpec: FunctionCard]>([:])

  private static func card(_ activation: ActivationSpec) -> FunctionCard? {
    if let card = known.withLock({ $0[activation] }) { return card }
    guard let card = try? FunctionCard(activation) else { return nil }
    known.withLock { $0[activation] = card }
    return card
  }
}

extension FunctionSection.Entry {
  /// Names and values beside the figure.
  var rows: [(name: String, value: String)] {
    [("f(x)", card.formula), ("f′(x)", card.derivative)]
      + card.gradients.sorted { $0.key < $1.key }.map { ("∂f/∂\($0)", $1) } + start
      + card.properties.filter { $0.name != "equals" || !twins.isEmpty }
      .map { $0.name == "equals" ? ($0.name, twins) : $0 }
      + (stepTime.map { [("time of a training step", $0.text)] } ?? [])
  }

  /// The card is for fixed values.
  private var start: [(name: String, value: String)] {
    let learned =
      activation.learned.keys.sorted()
      + (activation.definition?.learnedByKernel.map(\.parameter) ?? [])
    let values = activation.parameters.sorted { $0.key < $1.key }.map {
      "\($0.key) = \(NumberText.setting($0.value))"
    }
    guard !values.isEmpty else { return [] }
    let text = values.joined(separator: ", ")
    guard !learned.isEmpty else { return [("with", text)] }
    return [
      ("with", "\(text): \(learned.joined(separator: ", ")) learned, here as learning starts")
    ]
  }

  /// Other functions that it equals.
  private var twins: String {
    card.equals.filter { $0 != activation.name && $0 != activation.label }.joined(separator: ", ")
  }

  /// For scripts.
  var document: JSONObject {
    [
      "activation": activation.label, "formula": card.formula, "derivative": card.derivative,
      "gradients": card.gradients, "latex": card.latex, "derivative_latex": card.derivativeLatex,
      "minimum": card.minimum,
      "maximum": card.maximum, "least_slope": card.leastSlope,
      "largest_slope": card.largestSlope, "lipschitz": card.lipschitz,
      "low_limit": card.lowLimit, "high_limit": card.highLimit, "shape": card.shape.rawValue,
      "at_zero": card.atZero, "slope_at_zero": card.slopeAtZero,
      "jump_at_zero": card.jumpAtZero, "is_self_gated": card.isSelfGated,
      "saturates_low": card.saturatesLow, "saturates_high": card.saturatesHigh,
      "critical_gain": card.criticalGain, "nearest": card.nearest,
      "nearest_difference": card.nearestDifference, "equals": card.equals, "proved": proved,
      "step_time": stepTime?.document,
    ]
  }

  private var proved: JSONObject {
    [
      "minimum": card.proved.minimum, "maximum": card.proved.maximum,
      "least_slope": card.proved.leastSlope, "largest_slope": card.proved.largestSlope,
      "lipschitz": card.proved.lipschitz, "low_limit": card.proved.lowLimit,
      "high_limit": card.proved.highLimit,
    ]
  }
}

extension RelativeStepTime {
  /// `1.07 times ReLU's in this study: the median of 20 pairs of trials of one seed, 0.98 to 1.21`.
  fileprivate var text: String {
    let numbers = [ratios.median, ratios.min(), ratios.max()].map {
      NumberText.fixed($0 ?? .nan, digits: 2)
    }
    let basis =
      ratios.count == 1
      ? "one pair of trials of one seed"
      : "the median of \(ratios.count) pairs of trials of one seed, \(numbers[1]) to \(numbers[2])"
    return "\(numbers[0]) times \(reference.shortDisplayLabel)'s in this study: \(basis)"
      + (trialsBesideOthers > 0
        ? "; \(trialsBesideOthers) of the \(trials) trials ran beside others" : "")
  }

  fileprivate var document: JSONObject {
    [
      "against": reference.label, "ratio": ratios.median, "minimum": ratios.min(),
      "maximum": ratios.max(), "pairs": ratios.count, "trials": trials,
      "trials_beside_others": trialsBesideOthers,
    ]
  }
}
