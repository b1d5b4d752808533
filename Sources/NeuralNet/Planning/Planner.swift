import CKernels
import Models

/// Builds the layers that compute a network: fuses those that fast kernels compute as one, makes
/// the rest plain layers, and inserts a repack where two layers' layouts differ.
struct Planner {
  /// A layer, and what a fast kernel computes with it, if anything.
  private struct Group {
    let layer: PlannedLayer
    var stage: Stage?

    /// Whether it maps rows to rows, each sample by itself.
    var takesRuns: Bool {
      if stage != nil { return if case .convolution = layer.spec { true } else { false } }
      return type(of: Planner.plainKind(layer)).takesRows && !couplesSamples
    }

    /// The layers whose tensors it has.
    var own: [PlannedLayer] { [layer] + (stage.map { [$0.activation] } ?? []) }

    var couplesSamples: Bool { stage == nil && type(of: layer.spec.kind).couplesSamples }
    var outputCount: Int { (stage?.output ?? layer.output).count }
  }

  /// The activation after a product, and the dropout after it.
  private struct Stage {
    let activation: PlannedLayer
    let function: Activation
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
    /// The places of its small tensors' sums that are added up run by run.
    let sums: Range<Int>
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
      append(
        built, groups.map(\.outputCount), run: isRun ? run : nil,
        sums: isRun ? streamedSums(groups) : 0..<0)
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

  private mutating func append(
    _ built: [any Layer], _ counts: [Int], run: Int?, sums: Range<Int> = 0..<0
  ) {
    segments.append(
      Segment(
        layers: layers.count..<layers.count + built.count, run: run, sums: sums))
    layers += built
    outputCounts += counts
  }

  private mutating func repack(from layout: Layout, to wanted: Layout, width: Int) -> Layout {
    guard layout != wanted else { return wanted }
    append([Repack(to: wanted, width: width, context)], [width], run: nil)
    return wanted
  }

  /// Returns the maximum number of samples in a run through some layers: whole shards, as many as keep the
  /// values between the layers in the cache, or one.
  private static func run(_ groups: some Collection<Group>, capacity: Int) -> Int {
    let cached = 1 << 15
    let largest = groups.map { max($0.layer.input.count, $0.outputCount) }.max() ?? 1
    return min(capacity, max(1, cached / largest / ShardTree.samples) * ShardTree.samples)
  }

  /// The places of the sums of a segment's own small tensors, which follow one another.
  private func streamedSums(_ groups: some Collection<Group>) -> Range<Int> {
    let places = groups.flatMap { group in
      group.own.flatMap { layer in
        layer.tensors.filter { $0.sum == .whole && !$0.isShared }.compactMap { tensor in
          context.sums[layer.name(of: tensor)].map { ($0, product(tensor.shape)) }
        }
      }
    }
    guard let first = places.map(\.0).min(), let last = places.max(by: { $0.0 < $1.0 }) else {
      return 0..<0
    }
    return first..<last.0 + last.1
  }

  /// The places of all small tensors' sums, those first that are added up run by run.
  static func sums(_ planned: [PlannedLayer]) -> (places: [String: Int], streamed: Int, count: Int)
  {
    var places: [String: Int] = [:]
    var count = 0
    func add(_ layers: [PlannedLayer], where isPlaced: (TensorSpec) -> Bool) {
      for layer in layers {
        for tensor in layer.tensors where tensor.sum == .whole && isPlaced(tensor) {
          let name = layer.name(of: tensor)
          guard places[name] == nil else { continue }
          places[name] = count
          count += (product(tensor.shape) + 15) / 16 * 16
        }
      }
    }
    let groups = groups(planned)
    add(groups.filter(\.takesRuns).flatMap(\.own)) { !$0.isShared }
    let streamed = count
    add(planned) { _ in true }
    return (places, streamed, count)
  }

  // MARK: - Fusion

  private static func groups(_ planned: [PlannedLayer]) -> [Group] {
    var groups: [Group] = []
    var rest = planned[...]
    while !rest.isEmpty {
      let (group, count) = group(rest)
      groups.append(group)
      rest = rest.dropFirst(count)
    }
    return groups
  }

  /// Returns the group that the layers begin with, and how many of them it is: those of a fused kernel
  /// (`conv, activation, max-pool, dropout` or `dense, activation, dropout`, in both cases with or
  /// without the dropout), or one.
  private static func group(_ layers: ArraySlice<PlannedLayer>) -> (Group, Int) {
    let layers = Array(layers.prefix(4))
    let plain = (Group(layer: layers[0]), 1)
    guard layers.count > 1, case .activation(let activation) = layers[1].spec else { return plain }
    let count: Int
    switch layers[0].spec {
    case .dense: count = 2
    case .convolution(let convolution):
      // The kernel pools before the activation, which it may if the pixels of a window have one
      // function.
      guard layers.count > 2, activation.function.allowsEarlyPooling,
        !activation.function.learned.contains(where: { $0.scope == .unit }),
        layers[2].spec == .maxPool(MaxPool(keepsPartialWindows: convolution.padded))
      else { return plain }
      count = 3
    default: return plain
    }
    var dropout: PlannedLayer?
    if layers.count > count, case .dropout = layers[count].spec { dropout = layers[count] }
    let stage = Stage(
      activation: layers[1], function: activation.function, dropout: dropout,
      output: layers[count - 1].output)
    return (Group(layer: layers[0], stage: stage), dropout == nil ? count : count + 1)
  }

  // MARK: - Layers

  private func layer(_ group: Group) -> any Layer {
    let planned = group.layer
    guard let fused = group.stage else { return Self.plainKind(planned).layer(planned, context) }
    let stage = ActivationStage(
      fused.function, fused.activation, shape: fused.output, dropout: fused.rate,
      dropoutNumber: fused.dropout?.number ?? 0, context)
    if case .dense = planned.spec {
      return DenseLayer(planned, stage: stage, context)
    }
    return ConvolutionLayer(planned, pooled: fused.output, stage: stage, context)
  }

  private static func plainKind(_ layer: PlannedLayer) -> any PlainLayerKind {
    guard let kind = layer.spec.kind as? any PlainLayerKind else {
      preconditionFailure("\(layer.name) can't be computed by itself")
    }
    return kind
  }
}
