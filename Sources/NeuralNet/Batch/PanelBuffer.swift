/// A dense layer's values in the two layouts that the matrix products read: samples side by side
/// for the forward pass, units side by side for the backward pass (see `CKernels.h`).
///
/// The sample panels hold this rank's samples, up to a capacity; the unit panels the whole global batch.
final class PanelBuffer {
  /// Values per sample.
  let width: Int
  /// Sample panels.
  let across: AlignedBuffer<Float>
  /// Unit panels.
  let units: UnitPanels

  init(width: Int, _ context: LayerContext) {
    self.width = width
    across = AlignedBuffer(
      count: width * Self.rounded(context.capacity, to: Int(context.kernels.panel)))
    units = UnitPanels(width: width, context)
  }

  /// Floats of unit panels for `capacity` samples.
  static func unitCount(width: Int, capacity: Int, panel: Int) -> Int {
    rounded(width, to: panel) * capacity
  }

  private static func rounded(_ count: Int, to multiple: Int) -> Int {
    (count + multiple - 1) / multiple * multiple
  }
}

/// Unit panels of a whole global batch; each rank of a host fills its samples' rows.
package struct UnitPanels {
  private let part: BatchMemory.Part
  /// Samples from one panel to the next.
  package let length: Int
  /// Units of a panel.
  package let panel: Int
  /// Number of panels.
  package var count: Int { part.count / (length * panel) }

  init(width: Int, _ context: LayerContext) {
    (length, panel) = (context.batch, Int(context.kernels.panel))
    part = context.memory.reserve(
      PanelBuffer.unitCount(width: width, capacity: length, panel: panel))
  }

  /// The first panel's row of a sample of the global batch.
  package func row(_ sample: Int) -> UnsafeMutablePointer<Float> { part.base + sample * panel }
}
