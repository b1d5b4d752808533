import CKernels
import NeuralNet
import Testing

/// The kernels around an activation: its backward pass and the choice between a window's extremes.
@Suite struct StageKernelTests {
  /// Small integers: every sum is exact in any order.
  /// Each column's sum, in the order of the rows; what was there before doesn't count.
  @Test(arguments: InstructionSet.available)
  func columnSumsAreChains(_ set: InstructionSet) {
    var numbers = Numbers(12)
    for (rows, width, stride) in [(1, 1, 1), (5, 16, 16), (128, 37, 40), (13, 64, 64)] {
      let x = (0..<rows * stride).map { _ in Float(numbers.uniform()) }
      var sums = [Float](repeating: 99, count: stride)
      set.kernels.column_sums(rows, width, stride, x, &sums)
      for column in 0..<stride {
        let expected = (0..<rows).reduce(Float(0)) { $0 + x[$1 * stride + column] }
        #expect(sums[column] == (column < width ? expected : 99))
      }
    }
  }

  @Test(arguments: InstructionSet.available, [1, 5, 8, 16, 17, 70])
  func backwardSumsColumns(_ set: InstructionSet, _ width: Int) {
    var numbers = Numbers(UInt64(width))
    let rows = 9
    func integers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(numbers.below(9) - 4) } }
    for stride in [width, width + 3] {
      let dy = integers(rows * stride)
      let derivative = integers(rows * stride)
      let negative = integers(rows * stride)
      for (hasDerivative, hasSlopes) in [(true, true), (false, true), (true, false)] {
        // In place; sums are added to the existing values, and nothing between the rows changes.
        var gradient = dy
        var (bias, slope) = (integers(width), integers(width))
        var (expectedBias, expectedSlope) = (bias, slope)
        gradient.withUnsafeMutableBufferPointer { gradient in
          slope.withUnsafeMutableBufferPointer { slope in
            set.kernels.activate_backward(
              rows, width, stride, gradient.baseAddress, hasDerivative ? derivative : nil, negative,
              gradient.baseAddress, &bias, hasSlopes ? slope.baseAddress : nil)
          }
        }
        for i in dy.indices {
          let column = i % stride
          guard column < width else {
            #expect(gradient[i] == dy[i])
            continue
          }
          let g = hasDerivative ? dy[i] * derivative[i] : dy[i]
          #expect(gradient[i] == g)
          expectedBias[column] += g
          if hasSlopes { expectedSlope[column] += dy[i] * negative[i] }
        }
        #expect(bias == expectedBias)
        #expect(slope == expectedSlope)
      }
    }
  }

  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func theExtremeWithTheLargerActivationWins(_ set: InstructionSet, _ f: Activation) {
    var numbers = Numbers(8)
    for width in [1, 6, 16, 21] {
      let rows = 20
      var high: [Float] = []
      var low: [Float] = []
      var place: [UInt8] = []
      for _ in 0..<rows * width {
        let pair = [numbers.uniform() * 3, numbers.uniform() * 3].map { Float($0) }
        high.append(max(pair[0], pair[1]))
        low.append(min(pair[0], pair[1]))
        place.append(UInt8(numbers.below(4) | numbers.below(4) << 2))
      }
      let slopes = (0..<width).map { _ in Float(numbers.uniform()) }
      var kernel = f.namedKernel
      let isParametric = f.namedKernel.kind == SRELU_PARAMETRIC
      // What the function says of its bottom changes nothing.
      for bottom in [
        srelu_bottom(falls_until: -.infinity, rises_from: .infinity),
        srelu_bottom(falls_until: f.fallsUntil, rises_from: f.risesFrom),
      ] {
        var (winner, at) = (high, place)
        set.kernels.select_extreme(
          &kernel, bottom, rows, width, isParametric ? slopes : nil, &winner, low, &at)
        for i in high.indices {
          func value(_ x: Float) -> Double {
            ReferenceActivation.value(f, Double(x), slope: Double(slopes[i % width]))
          }
          let gap = value(low[i]) - value(high[i])
          // Below this, rounding decides.
          if abs(gap) < 1e-6 { continue }
          #expect(winner[i] == (gap > 0 ? low[i] : high[i]), "\(f) at \(i)")
          #expect(at[i] == (gap > 0 ? place[i] >> 2 : place[i] & 3), "\(f) at \(i)")
        }
      }
    }
  }

  /// Of equal activations the first position wins, as if pooling came after the activation.
  @Test(arguments: InstructionSet.available)
  func theFirstOfEqualActivationsWins(_ set: InstructionSet) {
    var kernel = Activation.leakyReLU(slope: -0.5).namedKernel
    var high: [Float] = [1, 1, 2, -3]
    var place: [UInt8] = [1 | 2 << 2, 3 | 0 << 2, 2 | 2 << 2, 0 | 1 << 2]
    set.kernels.select_extreme(
      &kernel, srelu_bottom(falls_until: -.infinity, rises_from: .infinity), 1, 4, nil, &high,
      [-2, -2, 2, -4], &place)
    #expect(high == [1, -2, 2, -4])
    #expect(place == [1, 0, 2, 1])
  }
}
