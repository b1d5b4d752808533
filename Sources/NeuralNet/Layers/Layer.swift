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
/// first sample on, or unit panels of the whole batch.
struct BackwardPass {
  let run: Range<Int>
  /// The output's gradient; overwritten.
  let outputGradient: UnsafeMutablePointer<Float>
  /// The input's gradient; nil if not needed.
  let inputGradient: UnsafeMutablePointer<Float>?
  let fused: FusedStep?
}

/// A layer of a planned network, or several computed as one. It owns its output and the data of its
/// backward pass, both for a whole batch.
///
/// A layer from rows to rows processes the batch in runs of samples, others all at once.
protocol Layer: AnyObject {
  var layouts: (input: Layout, output: Layout) { get }
  var output: Values { get }
  /// The lowest arena offset of its tensors; nil for a layer without tensors.
  var firstPlace: Int? { get }
  /// Whether a training step changes what it computes.
  var isTrained: Bool { get }
  /// Tensors that a fused step updates.
  var fusedRanges: [Range<Int>] { get }
  /// Units of its activation; nil for a layer without one.
  var observedUnits: Int? { get }
  /// Observes the activation's evaluation passes, if set.
  var observer: LayerObserver? { get set }

  /// Prepares the first run of a forward pass.
  func beginForward(_ arena: ParameterArena)
  /// Computes samples `run` of the batch; in training, stores the data of the backward pass.
  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena)
  /// Prepares the first run of a backward pass: zeroes the tensors' gradients.
  func beginBackward(_ arena: ParameterArena)
  /// Computes the gradients of a run, with the input of the forward pass: adds to the tensors'
  /// gradients and, if requested, writes the input's. A fused step happens here.
  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena)
}

extension Layer {
  var layouts: (input: Layout, output: Layout) { (.rows, .rows) }
  var firstPlace: Int? { nil }
  var isTrained: Bool { firstPlace != nil }
  var fusedRanges: [Range<Int>] { [] }
  var observedUnits: Int? { nil }
  var observer: LayerObserver? {
    get { nil }
    set {}
  }
  func beginForward(_ arena: ParameterArena) {}
  func beginBackward(_ arena: ParameterArena) {}
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
