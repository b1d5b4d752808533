import CKernels
import NeuralNet

/// Runs one pass of the kernel over `range` of some replicas.
/// - Returns: its findings.
@discardableResult
func pass(
  _ optimizer: any Optimizer, _ set: InstructionSet, _ range: Range<Int>,
  _ parameters: inout [[Float]], _ gradient: [Float], slots: inout [[Float]], step: Int
) -> srelu_step_report {
  func buffers(_ values: [[Float]]) -> [AlignedBuffer<Float>] {
    values.map { row in
      let buffer = AlignedBuffer<Float>(count: row.count)
      for (i, value) in row.enumerated() { buffer.base[i] = value }
      return buffer
    }
  }
  let (p, g, s) = (buffers(parameters), buffers([gradient]), buffers(slots))
  let replicas: [UnsafeMutablePointer<Float>?] = p.map(\.base)
  let constants = optimizer.constants(step: step)
  let report = AlignedBuffer<srelu_step_report>(count: 1)
  var kernel = srelu_optimizer()
  kernel.kind = set.kernels.optimizer_kind(type(of: optimizer).name)
  kernel.constants = (constants[0], constants[1], constants[2], constants[3])
  kernel.slots = (s.first?.base, s.count > 1 ? s[1].base : nil, nil, nil)
  kernel.slot_count = s.count
  kernel.replicas = p.count
  kernel.report = report.base
  replicas.withUnsafeBufferPointer {
    kernel.parameters = $0.baseAddress
    set.kernels.update(&kernel, range.lowerBound, range.count, g[0].base)
  }
  withExtendedLifetime(g) {
    parameters = p.map { Array($0.elements) }
    slots = s.map { Array($0.elements) }
  }
  return report.base.pointee
}

/// Runs one pass of Adam.
@discardableResult
func adamPass(
  _ adam: Adam, _ set: InstructionSet, _ range: Range<Int>, _ parameters: inout [[Float]],
  _ gradient: [Float], _ first: inout [Float], _ second: inout [Float], step: Int
) -> srelu_step_report {
  var slots = [first, second]
  defer { (first, second) = (slots[0], slots[1]) }
  return pass(adam, set, range, &parameters, gradient, slots: &slots, step: step)
}

/// Runs one pass of Adam over the first `count` of one replica's parameters, all by default.
func adamPass(
  _ adam: Adam, _ set: InstructionSet, count: Int? = nil, _ parameters: inout [Float],
  _ gradient: [Float], _ first: inout [Float], _ second: inout [Float], step: Int
) {
  var replicas = [parameters]
  adamPass(
    adam, set, 0..<(count ?? parameters.count), &replicas, gradient, &first, &second, step: step)
  parameters = replicas[0]
}
