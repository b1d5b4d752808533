import CKernels

/// The three products of a dense layer, over its threads, in its precision.
extension DenseLayer {
  /// y = x·Wᵀ, in sample panels.
  func multiplyForward(count: Int, input: PanelBuffer, weights: UnsafePointer<Float>) {
    let (x, y) = (input.across.base, products.across.base)
    inParts(outputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_forward(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, x, y)
      case .bfloat16:
        kernels.bfloat_forward(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, x, y,
          operands(of: part))
      }
    }
  }

  /// dx = dy·W, in unit panels.
  func multiplyBackward(
    count: Int, weights: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>
  ) {
    inParts(inputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          inputGradient, scratch.base + part * outputs * Int(kernels.panel))
      case .bfloat16:
        kernels.bfloat_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          inputGradient, operands(of: part))
      }
    }
  }

  /// dW = dyᵀ·x, in rows; or the step that it makes, in float.
  func multiplyGradient(
    count: Int, input: PanelBuffer, outputGradient: UnsafePointer<Float>, arena: ParameterArena,
    fused: FusedStep?
  ) {
    guard let fused, precision == .float32 else {
      multiplyGradient(
        count: count, input: input, outputGradient: outputGradient,
        gradient: arena.gradientBase(weight), optimizer: nil)
      return
    }
    var kernel = fused.step.kernel
    kernel.first = weight
    kernel.report = fused.findings.report
    withUnsafePointer(to: &kernel) {
      multiplyGradient(
        count: count, input: input, outputGradient: outputGradient,
        gradient: arena.gradientBase(weight), optimizer: $0)
    }
  }

  private func multiplyGradient(
    count: Int, input: PanelBuffer, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, optimizer: UnsafePointer<srelu_optimizer>?
  ) {
    let x = input.units.base
    inParts(outputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_backward_weights(
          count, inputs, range.lowerBound, range.upperBound, x, outputGradient, gradient,
          optimizer)
      case .bfloat16:
        kernels.bfloat_backward_weights(
          count, inputs, range.lowerBound, range.upperBound, x, outputGradient, gradient,
          operands(of: part))
      }
    }
  }

  /// A fused step reaches the weights, in float.
  var fusedRanges: [Range<Int>] {
    precision == .float32 ? [weight..<weight + inputs * outputs] : []
  }

  private func operands(of part: Int) -> UnsafeMutablePointer<UInt32> {
    operands.base + part * operandCount
  }
}
