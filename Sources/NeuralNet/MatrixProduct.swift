import COneDNN
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
      body(part, first..<min(count, grains * (part + 1) / parts * grain))
    }
  }
}

/// Limits oneDNN to an instruction set, so that it takes the same path on machines that have more;
/// call it before oneDNN's first use in the process.
public func limitMatrixLibrary(to set: InstructionSet) {
  let limit: dnnl_cpu_isa_t =
    switch set {
    case .portable: dnnl_cpu_isa_sse41
    case .avx2: dnnl_cpu_isa_avx2
    case .avx512: dnnl_cpu_isa_avx512_core
    }
  _ = dnnl_set_max_cpu_isa(limit)
}

/// The version of oneDNN in use, such as `2.6.3`.
public var matrixLibraryVersion: String {
  guard let version = dnnl_version()?.pointee else { return "unknown" }
  return "\(version.major).\(version.minor).\(version.patch)"
}

/// A row-major matrix, optionally transposed in use.
struct Matrix {
  let base: UnsafePointer<Float>
  /// Floats from one stored row to the next.
  let stride: Int
  var transposed = false
}

/// c = a·b + `keep`·c for row-major matrices; c is `rows` × `columns`, the inner length `inner`.
@inline(__always)
func multiply(
  _ a: Matrix, _ b: Matrix, rows: Int, columns: Int, inner: Int, threads: Int,
  into c: UnsafeMutablePointer<Float>, keep: Float = 0
) {
  // OpenMP keeps the number for the calling thread alone: oneDNN is told here, in the only place that
  // calls it, so that a network computes with its own threads, whichever thread it is used from.
  omp_set_num_threads(Int32(threads))
  let t = CChar(UInt8(ascii: "T"))
  let n = CChar(UInt8(ascii: "N"))
  let status = dnnl_sgemm(
    a.transposed ? t : n, b.transposed ? t : n, dnnl_dim_t(rows), dnnl_dim_t(columns),
    dnnl_dim_t(inner), 1, a.base, dnnl_dim_t(a.stride), b.base, dnnl_dim_t(b.stride), keep, c,
    dnnl_dim_t(columns))
  precondition(
    status == dnnl_success, "sgemm \(rows)×\(columns)×\(inner) gave status \(status.rawValue)")
}
