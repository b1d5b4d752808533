import Models

/// The memory layout of the values between two layers.
enum Layout {
  /// Sample by sample, images with channels last.
  case rows
  /// A `PanelBuffer`, which the products of dense layers read.
  case panels
}

enum Values {
  case rows(UnsafeMutablePointer<Float>)
  case panels(PanelBuffer)

  /// Returns the rows starting at a sample, `width` values each.
  func rows(from sample: Int, width: Int) -> UnsafeMutablePointer<Float> {
    guard case .rows(let base) = self else { preconditionFailure("panels where rows were planned") }
    return base + sample * width
  }

  var inPanels: PanelBuffer {
    guard case .panels(let panels) = self else {
      preconditionFailure("rows where panels were planned")
    }
    return panels
  }
}

/// A run's way back through a layer: samples `run` of the batch. Its gradients are rows from the run's
/// first sample on, or unit panels of this rank's whole batch.
struct BackwardPass {
  let run: Range<Int>
  /// The place of this rank's first sample in the global batch, and its row in unit panels of it.
  let firstSlot: Int
  let row: Int
  /// The output's gradient; overwritten.
  let outputGradient: UnsafeMutablePointer<Float>
  /// The input's gradient; nil if not needed.
  let inputGradient: UnsafeMutablePointer<Float>?
  /// Where sums over samples go, a shard's at a time.
  let sums: ShardSums

  /// Calls `body` with the samples of each shard of the run, and the shard's number on this rank.
  func forEachShard(_ body: (_ samples: Range<Int>, _ shard: Int) -> Void) {
    var first = run.lowerBound
    while first < run.upperBound {
      let end = min(first + ShardTree.samples, run.upperBound)
      body(first..<end, first / ShardTree.samples)
      first = end
    }
  }
}

/// A layer of a planned network, or several computed as one. It owns its output and the data of its
/// backward pass, both for a whole batch.
///
/// A layer from rows to rows processes the batch in runs of samples, others all at once.
///
/// Every sum over samples is the same for any number of ranks. A layer has three ways: a product of what
/// all samples left in `BatchMemory`, of which each rank computes some units' (`weightGradient`); small
/// sums, for each shard of the batch (`BackwardPass.sums`); and `CoupledSums` for those that its pass
/// needs itself.
protocol Layer: AnyObject {
  var layouts: (input: Layout, output: Layout) { get }
  var output: Values { get }
  /// Whether a training step changes what it computes.
  var isTrained: Bool { get }
  /// The units whose weights' gradients are products over a whole batch; nil if there are none.
  var shared: SharedUnits? { get }
  /// What a training pass leaves for such products: going forward, its output; going back, the gradients
  /// of its units.
  var panels: (forward: UnitPanels?, backward: UnitPanels?) { get }
  /// Units of its activation; nil for a layer without one.
  var observedUnits: Int? { get }
  /// Observes the activation's evaluation passes, if set.
  var observer: LayerObserver? { get set }

  /// Prepares the first run of a forward pass.
  func beginForward(_ arena: ParameterArena)
  /// Computes samples `run` of the batch; in training, stores the data of the backward pass.
  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena)
  /// Computes the gradients of a run, with the input of the forward pass: adds its shards' sums and, if
  /// requested, writes the input's gradient.
  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena)
  /// The gradients of some units' weights and biases in the arena, over the first `samples` rows of the
  /// global batch, once these and their output gradients are complete. With a step that reaches the
  /// weights it is taken at once, and no gradient of theirs is written.
  func weightGradient(
    units: Range<Int>, samples: Int, input: Values, arena: ParameterArena, fused: FusedStep?)
}

/// Units whose weights are rows of the arena.
struct SharedUnits {
  let count: Int
  /// Weights of each unit.
  let width: Int
  /// Where the weights begin, and the biases.
  let weight: Int
  let bias: Int
  /// Whether a fused step reaches the weights.
  let takesFusedSteps: Bool
}

extension Layer {
  var layouts: (input: Layout, output: Layout) { (.rows, .rows) }
  var isTrained: Bool { false }
  var shared: SharedUnits? { nil }
  var panels: (forward: UnitPanels?, backward: UnitPanels?) { (nil, nil) }
  var observedUnits: Int? { nil }
  var observer: LayerObserver? {
    get { nil }
    set {}
  }
  func beginForward(_ arena: ParameterArena) {}
  func weightGradient(
    units: Range<Int>, samples: Int, input: Values, arena: ParameterArena, fused: FusedStep?
  ) {}
}

/// A kind of layer that can be computed alone.
protocol PlainLayerKind: LayerKind {
  /// Whether the layer maps rows to rows; otherwise panels to rows.
  static var takesRows: Bool { get }
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer
}

extension PlainLayerKind {
  static var takesRows: Bool { true }
}
