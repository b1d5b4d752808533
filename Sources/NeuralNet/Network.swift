import CKernels
import Models

/// A network with every buffer planned for up to `capacity` samples at a time: nothing is allocated
/// by a pass.
///
/// A training step is: fill `input` and `labels`, `forward`, `backward`, average the gradients in
/// `arena`, `Optimizer.step`.
public final class Network {
  /// The network's shape.
  public let spec: NetworkSpec
  /// The most samples of one pass.
  public let capacity: Int
  /// Parameters, gradients and the optimizer's slots.
  public let arena: ParameterArena
  /// `capacity` samples, each `spec.input` in NHWC order; the caller fills the first ones.
  public let input: AlignedBuffer<Float>
  /// `capacity` class numbers; the caller fills the first ones.
  public let labels: AlignedBuffer<UInt8>
  /// The classes that the last `backward` or `loss` predicted.
  public let predictions: AlignedBuffer<UInt8>
  /// How it is computed.
  public let compute: Compute
  /// One for each activation, first to last.
  package private(set) lazy var observers: [LayerObserver] = zip(observed, parts).map {
    LayerObserver($1, units: $0.observedUnits ?? 0, arena: arena, kernels: kernels)
  }
  /// Whether the observers see evaluation passes.
  package var isObserved = false {
    didSet {
      for (layer, observer) in zip(observed, observers) {
        layer.observer = isObserved ? observer : nil
      }
    }
  }
  /// The last `forward`'s logits: rows of `spec.outputs`.
  public let logits: UnsafeMutablePointer<Float>
  let layers: [any Layer]
  private let segments: [Planner.Segment]
  /// The first layer that is trained: those in front of it need no gradients.
  private let firstTrained: Int
  /// The layers with activations, and what each is called.
  private let observed: [any Layer]
  private let parts: [ObservedPart]
  /// What each layer makes of a sample.
  private let outputCounts: [Int]
  /// The layers that couple samples.
  private let coupling: [Int]
  /// The ranks that share a batch; nil for one that has its own.
  package let team: Team?
  /// What is known of the whole global batch.
  let memory = BatchMemory()
  /// The losses of the last pass's samples, in double precision.
  package let losses: AlignedBuffer<Double>
  /// The same of the global batch, two floats each.
  let batchLosses: BatchMemory.Part
  /// This rank's sums over its samples.
  let sums: ShardSums
  /// All ranks' sums, one rank's slots after another's.
  let rankSums: BatchMemory.Part
  package let sumSlots: Int
  let smallTensors: [SmallTensor]
  /// Room to add the ranks' sums up in, and the nodes of all ranks by global batch.
  let folding: AlignedBuffer<Float>
  var tree = ShardTree()
  let nodes: RankNodes
  /// The values of a global batch that all ranks need for the weights' gradients, in the order in which a
  /// step fills them.
  package let exchanged: [UnitPanels]
  /// Their numbers, by the layer that fills them going forward, and going back.
  private let exchangedForward: [Int: Int]
  private let exchangedBackward: [Int: Int]
  /// The place in the global batch of the last forward pass's first sample.
  private var firstSlot = 0
  let kernels: srelu_kernels
  /// The optimizer that there are slots for, and what the kernels call it.
  let optimizerType: any Optimizer.Type
  let optimizerKind: Int32
  /// Gradients of the layers' outputs within a segment, for one run, by layer.
  private let runGradients: [AlignedBuffer<Float>]
  /// Gradients between segments, for a whole batch: what comes from behind, and what goes on, in turn.
  private let gradients: (AlignedBuffer<Float>, AlignedBuffer<Float>)

  /// Plans a network and draws its weights from `seed`; arguments as below.
  public convenience init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64,
    optimizer: any Optimizer.Type = Adam.self, compute: Compute = Compute(),
    generalConvolutions: Bool = false
  ) {
    do {
      try self.init(
        spec, capacity: capacity, seed: seed, optimizer: optimizer, compute: compute,
        generalConvolutions: generalConvolutions, team: nil)
    } catch {
      preconditionFailure("own memory can't be refused: \(error)")
    }
  }

  /// Plans a network and draws its weights from `seed`.
  ///
  /// Traps if `spec.flaw` isn't nil. `optimizer` is the one whose steps it will take.
  /// `generalConvolutions`, for tests, sends every convolution through matrix products, which is slower
  /// and gives the same result to rounding. `memory` supplies the parameters' and slots' memory where
  /// it isn't the network's own. `batch` is the most samples of a training pass, if that is less than
  /// `capacity`. In a `team`, `backward` leaves the gradients of a global batch to
  /// `update`.
  package init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64,
    optimizer: any Optimizer.Type = Adam.self, compute: Compute = Compute(),
    generalConvolutions: Bool = false,
    batch trainingBatch: Int? = nil, memory: ParameterArena.MemorySource? = nil, team: Team?
  ) throws {
    precondition(spec.flaw == nil, spec.flaw ?? "")
    precondition(capacity > 0, "a capacity of \(capacity) samples")
    let planned = (try? spec.plan()) ?? []
    self.spec = spec
    self.capacity = capacity
    self.compute = compute
    kernels = compute.instructionSet.kernels
    optimizerType = optimizer
    optimizerKind = kernels.optimizer_kind(optimizer.name)
    precondition(optimizerKind >= 0, "no kernel of the optimizer \(optimizer.name)")
    precondition(
      optimizer.slots.count <= optimizerSlotLimit,
      "\(optimizer.slots.count) slots of \(optimizer.name)")
    func named(_ specs: (PlannedLayer) -> [TensorSpec]) -> [ParameterArena.Tensor] {
      planned.flatMap { layer in specs(layer).map { (layer.name(of: $0), $0) } }
    }
    arena = try ParameterArena(
      named(\.tensors), state: named { $0.spec.kind.state(for: $0.input) },
      slots: optimizer.slots, memory: memory)
    arena.initialize(planned, seed: seed)
    input = AlignedBuffer(count: capacity * spec.input.count)
    labels = AlignedBuffer(count: capacity)
    predictions = AlignedBuffer(count: capacity)
    let sumPlaces = Planner.sums(planned)
    let batch = team?.batch ?? trainingBatch ?? capacity
    let share = team.map { Team.share(of: $0.batch, rank: 0, ranks: $0.ranks) } ?? 0..<batch
    let shards = ShardTree.shards(of: share).count
    let places = Dictionary(
      uniqueKeysWithValues: (arena.views + arena.stateViews).map { ($0.name, $0.offset) })
    let planner = Planner(
      planned,
      context: LayerContext(
        capacity: capacity, run: capacity, batch: batch, shards: shards, memory: self.memory,
        seed: seed, kernels: kernels, compute: compute, general: generalConvolutions,
        places: places, sums: sumPlaces.places))
    layers = planner.layers
    coupling = planner.coupling
    segments = planner.segments
    outputCounts = planner.outputCounts
    let built = layers
    firstTrained = built.firstIndex { $0.isTrained } ?? 0
    let filling = built.indices.dropLast().filter { built[$0 + 1].shared != nil }
    let owning = built.indices.reversed().filter { built[$0].shared != nil }
    exchanged =
      filling.compactMap { built[$0].panels.forward }
      + owning.compactMap { built[$0].panels.backward }
    exchangedForward = Dictionary(uniqueKeysWithValues: zip(filling, 0...))
    exchangedBackward = Dictionary(uniqueKeysWithValues: zip(owning, filling.count...))
    observed = layers.filter { $0.observedUnits != nil }
    parts = ObservedPart.all(of: planned)
    logits = layers[layers.count - 1].output.rows(from: 0, width: spec.outputs)
    runGradients = planner.runGradientCounts.map { AlignedBuffer(count: $0) }
    let widest = planner.widestGradient(input: spec.input.count)
    gradients = (AlignedBuffer(count: widest), AlignedBuffer(count: widest))
    losses = AlignedBuffer(count: capacity)
    batchLosses = self.memory.reserve(2 * batch)
    sumSlots = ShardTree.slots(shards: shards)
    rankSums = self.memory.reserve((team?.ranks ?? 1) * sumSlots * sumPlaces.count)
    try self.memory.allocate(team)
    self.team = team
    nodes = RankNodes(ranks: team?.ranks ?? 1)
    sums = ShardSums(
      streamed: sumPlaces.streamed, count: sumPlaces.count, shards: shards,
      slots: rankSums.base + (team?.rank ?? 0) * sumSlots * sumPlaces.count, kernels: kernels)
    smallTensors = arena.views.compactMap { view in
      sumPlaces.places[view.name].map {
        SmallTensor(sum: $0, place: view.offset, count: view.count)
      }
    }
    folding = AlignedBuffer(
      count: ShardTree.slots(shards: (batch + ShardTree.samples - 1) / ShardTree.samples)
        * sumPlaces.count)
  }

  /// Copies rows `indices` of `pixels`, scaled by `scale`, into the first rows of `input`.
  public func gather(
    pixels: UnsafePointer<UInt8>, indices: UnsafeBufferPointer<UInt32>, scale: Float
  ) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    guard let base = indices.baseAddress else { return }
    kernels.gather_bytes(indices.count, spec.input.count, base, pixels, scale, input.base)
  }

  /// Copies rows `indices` of `features` into the first rows of `input`.
  public func gather(features: UnsafePointer<Float>, indices: UnsafeBufferPointer<UInt32>) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    let length = spec.input.count
    for (row, index) in indices.enumerated() {
      (input.base + row * length).update(from: features + Int(index) * length, count: length)
    }
  }

  /// What a pass tells along the way, at every boundary between layers: which of `exchanged` has got
  /// this rank's samples, if any.
  package typealias Progress = (_ filled: Int?) -> Void

  /// Computes the logits of the first `count` samples. In training with a `reduction`, a rank without
  /// samples calls it too.
  public func forward(count: Int, mode: PassMode) {
    forward(count: count, mode: mode, progress: nil)
  }

  package func forward(count: Int, mode: PassMode, progress: Progress?) {
    precondition(count <= capacity, "\(count) samples for \(capacity) places")
    if case .training(_, let slot) = mode { firstSlot = Int(slot) } else { firstSlot = 0 }
    inKernelModes { computeForward(count: count, mode: mode, progress: progress) }
  }

  private func computeForward(count: Int, mode: PassMode, progress: Progress?) {
    let pass = Pass(count: count, mode: mode, row: row)
    guard count > 0 else {
      for index in coupling where mode != .evaluation {
        layers[index].forward(pass, run: 0..<0, input: values(before: index), arena: arena)
      }
      return
    }
    var values = Values.rows(input.base)
    for segment in segments {
      for layer in layers[segment.layers] { layer.beginForward(arena) }
      forEachRun(of: segment, count: count) { run in
        var input = values
        for layer in layers[segment.layers] {
          layer.forward(pass, run: run, input: input, arena: arena)
          input = layer.output
        }
        progress?(segment.run == nil ? exchangedForward[segment.layers.lowerBound] : nil)
      }
      values = layers[segment.layers.upperBound - 1].output
    }
  }

  /// The row of this rank's first sample in unit panels.
  private var row: Int { team == nil ? 0 : firstSlot }

  private func forEachRun(
    of segment: Planner.Segment, count: Int, isBackward: Bool = false, _ body: (Range<Int>) -> Void
  ) {
    guard var run = segment.run else { return body(0..<count) }
    if isBackward, !segment.sums.isEmpty { run = ShardTree.samples }
    var first = 0
    while first < count {
      let end = min(first + run, count)
      body(first..<end)
      first = end
    }
  }

  /// The summed loss of the last `forward`'s first `count` samples; fills `predictions`.
  public func loss(count: Int) -> Double {
    inKernelModes { loss(count: count, scale: 0, gradient: nil) }
    return losses.elements[..<count].reduce(0, +)
  }

  /// After `forward` in training mode: the summed loss, and into the arena the gradient of
  /// (summed loss) / `globalBatch` by every parameter, zeros for no samples. Fills `predictions`.
  public func backward(count: Int, globalBatch: Int) -> Double {
    backward(count: count, globalBatch: globalBatch, fused: nil)
  }

  /// The same; with `fused`, the parameters outside `unfusedRanges` take its step at once, and no
  /// gradient of theirs is written. In a team no gradient is written: what `update` needs is.
  package func backward(
    count: Int, globalBatch: Int, fused: FusedStep?, progress: Progress? = nil
  ) -> Double {
    inKernelModes {
      computeBackward(count: count, globalBatch: globalBatch, fused: fused, progress: progress)
    }
  }

  private func computeBackward(
    count: Int, globalBatch: Int, fused: FusedStep?, progress: Progress?
  ) -> Double {
    sums.begin(samples: count, firstSlot: firstSlot)
    // An empty product would leave the gradients as they were.
    guard count > 0 else {
      if team == nil { arena.gradients.update(repeating: 0) }
      for index in coupling.reversed() where index >= firstTrained {
        backward(index, run: 0..<0, gradients.0.base, nil)
      }
      return 0
    }
    var (upstream, downstream) = (gradients.0.base, gradients.1.base)
    recorded(compute.recorder, "loss") {
      loss(count: count, scale: 1 / Float(globalBatch), gradient: upstream)
    }
    for segment in segments.reversed() where segment.layers.upperBound > firstTrained {
      sums.beginSegment()
      if segment.run == nil {
        let index = segment.layers.lowerBound
        backward(index, run: 0..<count, upstream, downstream)
        if team == nil, let units = layers[index].shared {
          layers[index].weightGradient(
            units: 0..<units.count, samples: count, input: values(before: index), arena: arena,
            fused: fused)
        }
        progress?(exchangedBackward[index])
      } else {
        forEachRun(of: segment, count: count, isBackward: true) { run in
          sums.open(segment.sums)
          backward(segment, run: run, upstream: upstream, downstream: downstream)
          if !segment.sums.isEmpty {
            sums.close(shard: run.lowerBound / ShardTree.samples, segment.sums)
          }
          progress?(nil)
        }
      }
      swap(&upstream, &downstream)
    }
    sums.finish()
    if team == nil, sums.count > 0 { addUp(0..<sums.count, [sums.nodes]) }
    return losses.elements[..<count].reduce(0, +)
  }

  /// One run back through the layer of that number, whose input's gradient is written where it is needed.
  private func backward(
    _ index: Int, run: Range<Int>, _ outputGradient: UnsafeMutablePointer<Float>,
    _ inputGradient: UnsafeMutablePointer<Float>?
  ) {
    let pass = BackwardPass(
      run: run, firstSlot: firstSlot, row: row, outputGradient: outputGradient,
      inputGradient: index > firstTrained ? inputGradient : nil, sums: sums)
    layers[index].backward(pass, input: values(before: index), arena: arena)
  }

  /// What the layer of that number reads.
  func values(before index: Int) -> Values {
    index == 0 ? .rows(input.base) : layers[index - 1].output
  }

  /// One run's samples back through a segment, from the whole batch's gradients behind it to those in
  /// front of it.
  private func backward(
    _ segment: Planner.Segment, run: Range<Int>, upstream: UnsafeMutablePointer<Float>,
    downstream: UnsafeMutablePointer<Float>
  ) {
    let last = segment.layers.upperBound - 1
    var gradient = upstream + run.lowerBound * outputCounts[last]
    for index in segment.layers.reversed() where index >= firstTrained {
      let isFirst = index == segment.layers.lowerBound
      let next =
        isFirst
        ? downstream + run.lowerBound * (index == 0 ? spec.input.count : outputCounts[index - 1])
        : runGradients[index - 1].base
      backward(index, run: run, gradient, next)
      gradient = next
    }
  }

  private func loss(count: Int, scale: Float, gradient: UnsafeMutablePointer<Float>?) {
    if spec.outputs == 1 {
      srelu_sigmoid_cross_entropy(
        count, logits, labels.base, scale, predictions.base, gradient, losses.base)
    } else {
      srelu_softmax_cross_entropy(
        count, spec.outputs, logits, labels.base, scale, predictions.base, gradient, losses.base)
    }
  }

  /// The arena without what a fused step reaches.
  package private(set) lazy var unfusedRanges: [Range<Int>] = {
    var ranges: [Range<Int>] = []
    var start = 0
    for units in layers.compactMap(\.shared) where units.takesFusedSteps {
      ranges.append(start..<units.weight)
      start = units.weight + units.count * units.width
    }
    return (ranges + [start..<arena.parameters.count]).filter { !$0.isEmpty }
  }()

  /// The squares of some floats added up.
  package func sumOfSquares(_ values: UnsafeMutableBufferPointer<Float>) -> Double {
    var sums = (0.0, 0.0)
    guard let base = values.baseAddress else { return 0 }
    withUnsafeMutableBytes(of: &sums) { bytes in
      inKernelModes {
        kernels.moments(
          values.count, base, bytes.assumingMemoryBound(to: Double.self).baseAddress)
      }
    }
    return sums.1
  }

  /// For tests: which convolutions run through the direct kernels, first to last.
  package var directConvolutions: [Bool] {
    layers.compactMap { ($0 as? ConvolutionLayer)?.isDirect }
  }
}
