import CKernels
import Dispatch

/// Calls `body` with parts of 0 ..< `count`, cut at multiples of `grain`, one per thread.
package func inParts(
  _ count: Int, grain: Int, threads: Int, _ body: (_ part: Int, _ range: Range<Int>) -> Void
) {
  guard threads > 1, count > grain else { return body(0, 0..<count) }
  let grains = (count + grain - 1) / grain
  let parts = min(threads, grains)
  withoutActuallyEscaping(body) { body in
    // The parts write to disjoint memory.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      let first = grains * part / parts * grain
      inKernelModes { body(part, first..<min(count, grains * (part + 1) / parts * grain)) }
    }
  }
}

/// Runs `body` in the floating-point modes that results are promised for.
@inline(__always)
func inKernelModes<Result>(_ body: () throws -> Result) rethrows -> Result {
  let modes = srelu_set_modes()
  defer { srelu_restore_modes(modes) }
  return try body()
}

/// Products of matrices of any shape, on some threads.
final class MatrixProduct {
  private let kernels: srelu_kernels
  private let threads: Int
  private let scratchCount: Int
  private let scratch: AlignedBuffer<Float>

  init(_ kernels: srelu_kernels, threads: Int) {
    self.kernels = kernels
    self.threads = threads
    scratchCount = kernels.product_scratch_count()
    scratch = AlignedBuffer(count: threads * scratchCount)
  }

  /// c = a·b, or c + a·b: c is `rows` × `columns` without gaps, the inner length `inner`.
  func multiply(
    _ a: srelu_matrix, _ b: srelu_matrix, rows: Int, columns: Int, inner: Int,
    into c: UnsafeMutablePointer<Float>, adding: Bool = false
  ) {
    inParts(rows, grain: 16, threads: threads) { part, range in
      var left = a
      left.base += range.lowerBound * a.row
      kernels.matrix_product(
        range.count, columns, inner, left, b, adding, c + range.lowerBound * columns, columns,
        scratch.base + part * scratchCount)
    }
  }
}

extension srelu_matrix {
  /// Rows of `width` values without gaps.
  init(_ base: UnsafePointer<Float>, width: Int) {
    self.init(base: base, row: width, column: 1)
  }

  /// Its columns as rows.
  var transposed: srelu_matrix { srelu_matrix(base: base, row: column, column: row) }
}
