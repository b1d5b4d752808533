import CKernels
import CounterRandom
import Foundation
import NeuralNet
import Testing

/// The element-wise kernels of every instruction set, called directly.
@Suite struct KernelTests {
  private func evaluate(
    _ f: Activation, _ x: [Float], slopes: [Float]?, set: InstructionSet
  ) -> (values: [Float], derivatives: [Float]) {
    var kernel = f.namedKernel
    var y = [Float](repeating: 0, count: x.count)
    var d = y
    set.kernels.activate(
      &kernel, 1, 1, x.count, x, nil, slopes, nil, &y, &d, nil, nil)
    return (y, d)
  }

  private static let grid: [Float] = {
    var grid: [Float] = [0, -0.0, 1e-30, -1e-30, 1e-7, -1e-7, -3e-4, 1e4, -1e4, 88, -88, -104]
    for i in -400...400 { grid.append(Float(i) / 40) }
    return grid
  }()

  /// The relative error: a few roundings; in GELU's tail the rounding of x²/2 grows with it, and
  /// far out exp(x) is denormal and flushed.
  private func relative(_ f: Activation, _ x: Float) -> Double {
    switch f {
    case .gelu where x < -13: 1
    case .gelu where x < 0: 5e-7 + 1e-7 * Double(x * x)
    case .sigmoid where x < -87: 1
    default: 4e-7
    }
  }

  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func activationsAndDerivatives(_ set: InstructionSet, _ f: Activation) {
    let slopes: [Float]? =
      if let slope = f.learned.first?.initial {
        [Float](repeating: slope, count: Self.grid.count)
      } else { nil }
    let slope = Double(slopes?.first ?? 0)
    let (y, d) = evaluate(f, Self.grid, slopes: slopes, set: set)
    for (i, x) in Self.grid.enumerated() {
      let value = ReferenceActivation.value(f, Double(x), slope: slope)
      let derivative = ReferenceActivation.derivative(f, Double(x), slope: slope)
      #expect(
        abs(Double(y[i]) - value) <= relative(f, x) * abs(value) + 1e-37, "\(f)(\(x)) = \(y[i])")
      #expect(abs(Double(d[i]) - derivative) <= 6e-7, "\(f)'(\(x)) = \(d[i])")
    }
  }

  @Test(arguments: ReferenceActivation.all)
  func closedFormDerivativesAreCentralDifferences(_ f: Activation) {
    for i in -80...80 where i != 0 {
      let (x, h) = (Double(i) / 10, 1e-6)
      let numeric =
        (ReferenceActivation.value(f, x + h, slope: 0.3)
          - ReferenceActivation.value(f, x - h, slope: 0.3)) / (2 * h)
      #expect(abs(numeric - ReferenceActivation.derivative(f, x, slope: 0.3)) < 1e-8)
    }
  }

  @Test(arguments: InstructionSet.available)
  func dropoutMaskIsTheScalarOne(_ set: InstructionSet) {
    for (units, seed, step, layer, slot) in [
      (1, 7, 0, 1, 0), (130, 7, 3, 2, 5), (512, 1 << 40, 9, 4, 127), (5408, 3, 1 << 20, 1, 64),
    ] as [(Int, UInt64, UInt32, Int, UInt32)] {
      var dropout = ActivationStage.dropout(
        rate: 0.3, seed: seed, step: step, layer: layer, firstSlot: 0)
      var mask = [Float](repeating: -1, count: (units + 127) / 128 * 128)
      set.kernels.dropout_mask(&dropout, slot, units, &mask)
      for unit in 0..<units {
        let expected = ReferenceDropout.factor(
          rate: 0.3, seed: seed, step: step, layer: layer, slot: slot, unit: unit)
        #expect(Double(mask[unit]) == expected, "\(set) unit \(unit)")
      }
    }
  }

  @Test func dropoutKeepsItsRate() {
    // 200,000 draws: the standard deviation of the share is 0.00102.
    var dropped = 0
    for slot in 0..<200 {
      for unit in 0..<1000 {
        let factor = ReferenceDropout.factor(
          rate: 0.3, seed: 1, step: 2, layer: 1, slot: UInt32(slot), unit: unit)
        if factor == 0 { dropped += 1 }
      }
    }
    #expect(abs(Double(dropped) / 200_000 - 0.3) < 5 * 0.00102)
  }

  @Test func dropoutDiffersByEverything() {
    func mask(_ seed: UInt64, _ step: UInt32, _ layer: Int, _ slot: UInt32) -> [Double] {
      (0..<256).map {
        ReferenceDropout.factor(
          rate: 0.3, seed: seed, step: step, layer: layer, slot: slot, unit: $0)
      }
    }
    let masks = [
      mask(1, 1, 1, 1), mask(2, 1, 1, 1), mask(1, 2, 1, 1), mask(1, 1, 2, 1), mask(1, 1, 1, 2),
    ]
    #expect(Set(masks).count == masks.count)
  }

  @Test(arguments: InstructionSet.available)
  func adamIsKerasAdam(_ set: InstructionSet) {
    // A width with a tail in every vector length.
    let count = 37
    var numbers = Numbers(3)
    var p = (0..<count).map { _ in Float(numbers.uniform()) }
    var (m, v) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var (p2, m2, v2) = (p.map(Double.init), m.map(Double.init), v.map(Double.init))
    let adam = Adam(learningRate: 0.01)
    for step in 1...200 {
      let g = (0..<count).map { _ in Float(numbers.uniform()) }
      adamPass(adam, set, &p, g, &m, &v, step: step)
      let (b1, b2) = (Double(Float(0.9)), Double(Float(0.999)))
      let rate =
        Double(Float(0.01)) * (1 - pow(b2, Double(step))).squareRoot()
        / (1 - pow(b1, Double(step)))
      for i in 0..<count {
        let gradient = Double(g[i])
        m2[i] = b1 * m2[i] + (1 - b1) * gradient
        v2[i] = b2 * v2[i] + (1 - b2) * gradient * gradient
        p2[i] -= rate * m2[i] / (v2[i].squareRoot() + 1e-7)
      }
    }
    #expect(distance(p, p2) < 1e-4)
    #expect(distance(v, v2) < 1e-4)
  }

  /// Slices over several replicas give all of them the result of one pass over everything.
  @Test(arguments: InstructionSet.available)
  func adamInSlicesIsAdam(_ set: InstructionSet) {
    let count = 53
    var numbers = Numbers(4)
    let parameters = (0..<count).map { _ in Float(numbers.uniform()) }
    let gradient = (0..<count).map { _ in Float(numbers.below(9) - 4) }
    let zeros = [Float](repeating: 0, count: count)
    var (first, second, expected) = (zeros, zeros, parameters)
    adamPass(Adam(), set, &expected, gradient, &first, &second, step: 1)
    var (m, v) = (zeros, zeros)
    var replicas = [parameters, zeros, zeros]
    for slice in [0..<16, 16..<32, 32..<count] {
      adamPass(Adam(), set, slice, &replicas, gradient, &m, &v, step: 1)
    }
    for replica in replicas { #expect(replica == expected) }
    #expect(m == first)
    #expect(v == second)
    #expect(expected != parameters)
  }

  @Test(arguments: InstructionSet.available)
  func gatherScalesPixels(_ set: InstructionSet) {
    let length = 21
    let pixels = (0..<5 * length).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let indices: [UInt32] = [4, 0, 0, 3]
    var out = [Float](repeating: -1, count: indices.count * length)
    set.kernels.gather_bytes(indices.count, length, indices, pixels, 1 / 255, &out)
    for (row, index) in indices.enumerated() {
      for i in 0..<length {
        #expect(out[row * length + i] == Float(pixels[Int(index) * length + i]) * (1 / 255))
      }
    }
  }
}
