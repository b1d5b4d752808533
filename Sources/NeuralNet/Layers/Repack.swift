import CKernels
import Models

/// From rows to panels or back; inserted between layers, not part of the network.
final class Repack: Layer {
  let layouts: (input: Layout, output: Layout)
  let output: Values
  var panels: (forward: UnitPanels?, backward: UnitPanels?) {
    if case .panels(let panels) = output { (panels.units, nil) } else { (nil, nil) }
  }
  private let width: Int
  private let kernels: srelu_kernels
  private let recorder: OperationRecorder?
  private let zeros: AlignedBuffer<Float>
  private let rows: AlignedBuffer<Float>

  /// - Parameter width: values per sample.
  init(to layout: Layout, width: Int, _ context: LayerContext) {
    self.width = width
    kernels = context.kernels
    recorder = context.compute.recorder
    let toRows = layout == .rows
    layouts = toRows ? (.panels, .rows) : (.rows, .panels)
    zeros = AlignedBuffer(count: toRows ? width : 0)
    rows = AlignedBuffer(count: toRows ? context.capacity * width : 0)
    output =
      toRows
      ? .rows(rows.base)
      : .panels(
        PanelBuffer(width: width, context))
  }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    recorded(
      recorder, layouts.output == .panels ? "panels" : "rows",
      bytes: Double(4 * 3 * run.count * width)
    ) {
      switch (input, output) {
      case (.rows(let rows), .panels(let panels)):
        kernels.rows_to_panels(
          run.count, width, rows, pass.mode == .evaluation ? nil : panels.units.row(pass.row),
          panels.units.length, panels.across.base)
      case (.panels(let panels), .rows(let rows)):
        kernels.add_bias(run.count, width, panels.across.base, zeros.base, rows)
      default: preconditionFailure("a repack between equal layouts")
      }
    }
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    guard let inputGradient = pass.inputGradient else { return }
    recorded(
      recorder, layouts.output == .panels ? "rows" : "panels",
      bytes: Double(4 * 2 * pass.run.count * width)
    ) {
      if layouts.output == .panels {
        kernels.panels_to_rows(pass.run.count, width, pass.outputGradient, inputGradient)
      } else {
        kernels.rows_to_panels(
          pass.run.count, width, pass.outputGradient, inputGradient, pass.run.count, nil)
      }
    }
  }
}
