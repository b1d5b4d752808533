/// A dense layer's values in the two layouts that the matrix products read: samples side by side
/// for the forward pass, units side by side for the backward pass (see `CKernels.h`).
///
/// Both are planned for a capacity and hold any smaller number of samples.
final class PanelBuffer {
  /// Values per sample.
  let width: Int
  /// Sample panels.
  let across: AlignedBuffer<Float>
  /// Unit panels.
  let units: AlignedBuffer<Float>

  init(width: Int, capacity: Int, panel: Int) {
    self.width = width
    across = AlignedBuffer(count: width * Self.rounded(capacity, to: panel))
    units = AlignedBuffer(count: Self.unitCount(width: width, capacity: capacity, panel: panel))
  }

  /// Floats of unit panels for `capacity` samples.
  static func unitCount(width: Int, capacity: Int, panel: Int) -> Int {
    rounded(width, to: panel) * capacity
  }

  private static func rounded(_ count: Int, to multiple: Int) -> Int {
    (count + multiple - 1) / multiple * multiple
  }
}
