import Models

/// How the values between two layers lie in memory.
enum Layout {
  /// Sample after sample, images channels last.
  case rows
  /// A `PanelBuffer`: what the products of dense layers read.
  case panels
}

/// The values of a batch between two layers.
enum Values {
  case rows(UnsafeMutablePointer<Float>)
  case panels(PanelBuffer)

  /// The rows from one sample's on, `width` values each.
  func rows(from sample: Int, width: Int) -> UnsafeMutablePointer<Float> {
    guard case .rows(let base) = self else { preconditionFailure("panels where rows were planned") }
    return base + sample * width
  }

  /// The panels.
  var inPanels: PanelBuffer {
    guard case .panels(let panels) = self else {
      preconditionFailure("rows where panels were planned")
    }
    return panels
  }
}

/// The gradients of a run's values on both sides of a layer: rows from the run's first sample on, or unit
/// panels of the whole batch.
struct LayerGradients {
  /// Of what came out; overwritten.
  let output: UnsafeMutablePointer<Float>
  /// Of what went in; nil where nobody needs it.
  let input: UnsafeMutablePointer<Float>?
}

/// A layer of a planned network, or several that are computed as one. It owns its output and what its
/// backward pass needs, both for a whole batch.
///
/// A layer from rows to rows goes over the batch in runs of samples, others take all of it.
protocol Layer: AnyObject {
  /// How what goes in and what comes out lie in memory.
  var layouts: (input: Layout, output: Layout) { get }
  /// What the last forward pass made.
  var output: Values { get }
  /// The first of its tensors' places in the arena; nil for a layer without.
  var firstPlace: Int? { get }
  /// Tensors whose gradients a fused step takes.
  var fusedRanges: [Range<Int>] { get }
  /// Units of its activation; nil for a layer without one.
  var observedUnits: Int? { get }
  /// Sees the activation's evaluation passes where it is set.
  var observer: LayerObserver? { get set }

  /// Before the first run of a forward pass.
  func beginForward(_ arena: ParameterArena)
  /// Samples `run` of the batch; in training, what the backward pass needs is kept.
  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena)
  /// Before the first run of a backward pass: the tensors' gradients start at zero.
  func beginBackward(_ arena: ParameterArena)
  /// Samples `run` of the batch, with the input of the forward pass: adds to the tensors' gradients and,
  /// where asked, writes the input's. With a fused step, the tensors that it reaches take it.
  func backward(
    run: Range<Int>, input: Values, gradients: LayerGradients, arena: ParameterArena,
    fused: FusedStep?)
}

extension Layer {
  var layouts: (input: Layout, output: Layout) { (.rows, .rows) }
  var firstPlace: Int? { nil }
  var fusedRanges: [Range<Int>] { [] }
  var observedUnits: Int? { nil }
  var observer: LayerObserver? {
    get { nil }
    set {}
  }
  func beginForward(_ arena: ParameterArena) {}
  func beginBackward(_ arena: ParameterArena) {}
}

/// A kind of layer that can be computed by itself.
protocol PlainLayerKind: LayerKind {
  /// Whether it takes rows and gives rows; otherwise it takes panels and gives rows.
  static var takesRows: Bool { get }
  /// The layer in its place in a network.
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer
}

extension PlainLayerKind {
  static var takesRows: Bool { true }
}
