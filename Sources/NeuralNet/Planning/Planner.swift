import CKernels
import Models

/// Builds the layers that compute a network: fuses those that fast kernels compute as one, makes
/// the rest plain layers, and inserts a repack where two layers' layouts differ.
struct Planner {
  private enum Group {
    case convolution(PlannedLayer, ActivationLayer, Stage)
    case dense(PlannedLayer, ActivationLayer, Stage)
    case plain(PlannedLayer)

    /// Whether it maps rows to rows, each sample by itself.
    var takesRuns: Bool {
      switch self {
      case .convolution: true
      case .dense: false
      case .plain(let layer):
        type(of: Planner.plainKind(layer)).takesRows && !couplesSamples
      }
    }

    var couplesSamples: Bool {
      if case .plain(let layer) = self { type(of: layer.spec.kind).couplesSamples } else { false }
    }

    var outputCount: Int {
      switch self {
      case .convolution(_, _, let stage), .dense(_, _, let stage): stage.output.count
      case .plain(let layer): layer.output.count
      }
    }

    var inputCount: Int {
      switch self {
      case .convolution(let layer, _, _), .dense(let layer, _, _): layer.input.count
      case .plain(let layer): layer.input.count
      }
    }
  }

  /// The activation after a product, and the dropout after it.
  struct Stage {
    let activation: PlannedLayer
    let dropout: PlannedLayer?
    let output: ImageShape

    var rate: Float {
      if case .dropout(let dropout) = dropout?.spec { dropout.rate } else { 0 }
    }
  }

  /// Layers that each run of samples passes through before the next run.
  struct Segment {
    let layers: Range<Int>
    /// The maximum number of samples in a run; nil for the whole batch.
    let run: Int?
    /// The lowest arena offset of its tensors; nil if there are none.
    let place: Int?
  }

  private(set) var layers: [any Layer] = []
  private(set) var segments: [Segment] = []
  /// Output values per sample of each of `layers`.
  private(set) var outputCounts: [Int] = []
  /// Indices of the `layers` that couple samples.
  private(set) var coupling: [Int] = []
  private var context: LayerContext

  init(_ planned: [PlannedLayer], context: LayerContext) {
    self.context = context
    var layout = Layout.rows
    var width = planned[0].input.count
    var rest = Self.groups(planned)[...]
    while let first = rest.first {
      let isRun = first.takesRuns
      let groups = isRun ? rest.prefix { $0.takesRuns } : rest.prefix(1)
      rest = rest.dropFirst(groups.count)
      let run = Self.run(groups, capacity: context.capacity)
      self.context.run = isRun ? run : context.capacity
      let built = groups.map(layer)
      layout = repack(from: layout, to: built[0].layouts.input, width: width)
      if first.couplesSamples { coupling.append(layers.count) }
      append(built, groups.map(\.outputCount), run: isRun ? run : nil)
      layout = built[built.count - 1].layouts.output
      width = outputCounts[outputCounts.count - 1]
    }
    _ = repack(from: layout, to: .rows, width: width)
  }

  /// Floats of each layer's output gradient for one run; 0 at a segment's end (whole batch).
  var runGradientCounts: [Int] {
    segments.flatMap { segment in
      segment.layers.map { index in
        index == segment.layers.upperBound - 1 ? 0 : (segment.run ?? 0) * outputCounts[index]
      }
    }
  }

  /// Returns the floats of the largest gradient between segments, in rows or unit panels.
  func widestGradient(input: Int) -> Int {
    let ends = segments.map { outputCounts[$0.layers.upperBound - 1] } + [input]
    return PanelBuffer.unitCount(
      width: ends.max() ?? 0, capacity: context.capacity, panel: Int(context.kernels.panel))
  }

  private mutating func append(_ built: [any Layer], _ counts: [Int], run: Int?) {
    segments.append(
      Segment(
        layers: layers.count..<layers.count + built.count, run: run,
        place: built.compactMap(\.firstPlace).min()))
    layers += built
    outputCounts += counts
  }

  private mutating func repack(from layout: Layout, to wanted: Layout, width: Int) -> Layout {
    guard layout != wanted else { return wanted }
    append([Repack(to: wanted, width: width, context)], [width], run: nil)
    return wanted
  }

  /// Returns the maximum number of samples in a run through some layers: as many as keep the values
  /// between the layers in the cache, and at least four, which the kernels process at a time.
  private static func run(_ groups: some Collection<Group>, capacity: Int) -> Int {
    let cached = 1 << 15
    let largest = groups.map { max($0.inputCount, $0.outputCount) }.max() ?? 1
    return min(capacity, max(4, cached / largest))
  }

  // MARK: - Fusion

  private static func groups(_ planned: [PlannedLayer]) -> [Group] {
    var groups: [Group] = []
    var rest = planned[...]
    while let first = rest.first {
      let (group, count) = fused(rest) ?? (.plain(first), 1)
      groups.append(group)
      rest = rest.dropFirst(count)
    }
    return groups
  }

  /// Returns the fused kernel that the layers begin with, if any: `conv, activation, max-pool,
  /// dropout` or `dense, activation, dropout`, in both cases with or without the dropout.
  private static func fused(_ layers: ArraySlice<PlannedLayer>) -> (Group, Int)? {
    let layers = Array(layers.prefix(4))
    guard layers.count > 1, case .activation(let activation) = layers[1].spec else { return nil }
    func stage(_ count: Int) -> (Stage, Int) {
      let next = layers.count > count ? layers[count] : nil
      var dropout: PlannedLayer?
      if case .dropout = next?.spec { dropout = next }
      return (
        Stage(
          activation: layers[1], dropout: dropout, output: layers[count - 1].output),
        dropout == nil ? count : count + 1
      )
    }
    switch layers[0].spec {
    case .dense:
      let (stage, count) = stage(2)
      return (.dense(layers[0], activation, stage), count)
    case .convolution(let convolution):
      // The kernel pools before the activation, which only some functions allow, and only if the
      // pixels of a window have one function.
      guard layers.count > 2, activation.function.shape != .other,
        !activation.function.learned.contains(where: { $0.scope == .unit }),
        layers[2].spec == .maxPool(MaxPool(keepsPartialWindows: convolution.padded))
      else { return nil }
      let (stage, count) = stage(3)
      return (.convolution(layers[0], activation, stage), count)
    default: return nil
    }
  }

  // MARK: - Layers

  private func layer(_ group: Group) -> any Layer {
    switch group {
    case .convolution(let layer, let activation, let stage):
      ConvolutionLayer(
        layer, pooled: stage.output, stage: activationStage(activation, stage), context)
    case .dense(let layer, let activation, let stage):
      DenseLayer(layer, stage: activationStage(activation, stage), context)
    case .plain(let layer): Self.plainKind(layer).layer(layer, context)
    }
  }

  private func activationStage(_ activation: ActivationLayer, _ stage: Stage) -> ActivationStage {
    ActivationStage(
      activation.function, stage.activation, shape: stage.output, dropout: stage.rate,
      dropoutNumber: stage.dropout?.number ?? 0, context)
  }

  private static func plainKind(_ layer: PlannedLayer) -> any PlainLayerKind {
    guard let kind = layer.spec.kind as? any PlainLayerKind else {
      preconditionFailure("\(layer.name) can't be computed by itself")
    }
    return kind
  }
}
