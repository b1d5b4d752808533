import CKernels
import Models
import Support

extension Activation {
  /// Nanoseconds that a value with its derivative takes on this core, within a block that stays in the
  /// first-level cache: the median of several rounds. Learned parameters are at their initial values.
  package func nanosecondsPerValue(with set: InstructionSet = .widest) -> Double {
    let (count, repeats, rounds) = (2048, 50, 15)
    let x = AlignedBuffer<Float>(count: count)
    let (y, derivative) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
    for index in 0..<count { x.base[index] = Float(index * 37 % count) / 256 - 4 }
    let pass = pass(count, x.base, y.base, derivative.base, set.kernels)
    let clock = ContinuousClock()
    pass()
    let times = (0..<rounds).map { _ in
      clock.measure { for _ in 0..<repeats { pass() } }.inSeconds
    }
    return (times.median ?? 0) * 1e9 / Double(count * repeats)
  }

  /// Computes the values and derivatives of `count` inputs whenever it is called.
  private func pass(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ derivative: UnsafeMutablePointer<Float>, _ kernels: srelu_kernels
  ) -> () -> Void {
    switch kernel {
    case .named:
      let kernel = namedKernel
      let slopes = AlignedBuffer<Float>(count: count)
      slopes.elements.update(repeating: learned.first?.initial ?? 0)
      return {
        withUnsafePointer(to: kernel) {
          kernels.activate($0, 1, 1, count, x, nil, slopes.base, nil, y, derivative, nil, nil)
        }
      }
    case .program(_, let source):
      let program = ActivationProgram(source, kernels: kernels)
      let initial = AlignedBuffer<Float>(count: learned.count)
      _ = initial.elements.update(fromContentsOf: learned.map(\.initial))
      let parameters = AlignedBuffer<srelu_parameter>(count: learned.count)
      for index in learned.indices {
        parameters.base[index] = srelu_parameter(values: initial.base + index, period: 1)
      }
      return {
        withExtendedLifetime(initial) {
          withUnsafePointer(to: program.program) {
            kernels.program_rows(
              $0, 1, 1, count, x, parameters.base, nil, y, derivative, nil, program.scratch.base,
              nil)
          }
        }
      }
    }
  }
}
