import CKernels
import NeuralNet

/// One pass of the kernel over `range` of some replicas.
func adamPass(
  _ adam: Adam, _ set: InstructionSet, _ range: Range<Int>, _ parameters: inout [[Float]],
  _ gradients: [[Float]], _ first: inout [Float], _ second: inout [Float], step: Int
) {
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
  set.kernels.adam(
    range.lowerBound, range.count, p.count, replicas, parts, &first, &second,
    adam.rate(step: step), adam.beta1, adam.beta2, adam.epsilon)
  parameters = withExtendedLifetime((p, g)) { p.map { Array($0.elements) } }
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
