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
    let pass = pass(x, y, derivative, set.kernels)
    let clock = ContinuousClock()
    pass()
    let times = (0..<rounds).map { _ in
      clock.measure { for _ in 0..<repeats { pass() } }.inSeconds
    }
    return (times.median ?? 0) * 1e9 / Double(count * repeats)
  }
}
