import CKernels
import NeuralNet

/// One pass of the kernel over `range` of some replicas.
/// - Returns: what it met.
@discardableResult
func adamPass(
  _ adam: Adam, _ set: InstructionSet, _ range: Range<Int>, _ parameters: inout [[Float]],
  _ gradients: [[Float]], _ first: inout [Float], _ second: inout [Float], step: Int
) -> srelu_adam_report {
  func buffers(_ values: [[Float]]) -> [AlignedBuffer<Float>] {
    values.map { row in
      let buffer = AlignedBuffer<Float>(count: row.count)
      for (i, value) in row.enumerated() { buffer.base[i] = value }
      return buffer
    }
  }
  let (p, g) = (buffers(parameters), buffers(gradients))
  let replicas: [UnsafeMutablePointer<Float>?] = p.map(\.base)
  let parts: [UnsafePointer<Float>?] = g.map { UnsafePointer($0.base) }
  var report = srelu_adam_report()
  first.withUnsafeMutableBufferPointer { first in
    second.withUnsafeMutableBufferPointer { second in
      replicas.withUnsafeBufferPointer { replicas in
        withUnsafeMutablePointer(to: &report) { report in
          var kernel = srelu_adam(
            first: first.baseAddress, second: second.baseAddress, parameters: replicas.baseAddress,
            replicas: p.count, sources: g.count, rate: adam.rate(step: step), beta1: adam.beta1,
            beta2: adam.beta2, epsilon: adam.epsilon, report: report)
          set.kernels.adam(&kernel, range.lowerBound, range.count, parts)
        }
      }
    }
  }
  parameters = withExtendedLifetime((p, g)) { p.map { Array($0.elements) } }
  return report
}

/// One pass over the first `count` of one replica's parameters, all by default.
func adamPass(
  _ adam: Adam, _ set: InstructionSet, count: Int? = nil, _ parameters: inout [Float],
  _ gradients: [Float], _ first: inout [Float], _ second: inout [Float], step: Int
) {
  var replicas = [parameters]
  adamPass(
    adam, set, 0..<(count ?? parameters.count), &replicas, [gradients], &first, &second, step: step)
  parameters = replicas[0]
}
