import CKernels
import CounterRandom

/// Bias, activation and dropout in one pass. The forward pass replaces its input by the derivative
/// of the output, so that the backward pass is one multiplication for every activation function.
package final class ActivationStage {
  private let activation: Activation
  private var kernel: srelu_activation
  private let kernels: srelu_kernels
  /// Values per row: units of a dense layer, channels of an image.
  private let width: Int
  /// Rows per sample: 1 for a dense layer, pixels of an image.
  private let rows: Int
  /// The dropout layer's number, from 1.
  private let index: Int
  private let rate: Float
  private let seed: UInt64
  private let negative: AlignedBuffer<Float>?
  private let scratch: AlignedBuffer<Float>

  init(
    _ activation: Activation, rows: Int, width: Int, index: Int, dropout: Float, seed: UInt64,
    capacity: Int, kernels: srelu_kernels
  ) {
    self.activation = activation
    self.kernels = kernels
    self.rows = rows
    self.width = width
    self.index = index
    self.seed = seed
    rate = dropout
    kernel = activation.kernel
    negative =
      activation.initialSlope == nil ? nil : AlignedBuffer(count: capacity * rows * width)
    scratch = AlignedBuffer(count: rows * width + 128)
  }

  var tensors: [(name: String, shape: [Int])] {
    activation.initialSlope == nil ? [] : [("act\(index).weight", [width])]
  }

  func initialize(_ slopes: UnsafeMutablePointer<Float>?) {
    guard let slopes, let value = activation.initialSlope else { return }
    slopes.update(repeating: value, count: width)
  }

  /// Whether the pooling in front may keep only each window's largest value.
  func isNondecreasing(slopes: UnsafePointer<Float>?) -> Bool {
    guard let slopes else { return activation.isNondecreasing }
    return (0..<width).allSatisfy { slopes[$0] >= 0 }
  }

  /// Keeps of each window's largest and smallest value the one whose activation is larger.
  func selectExtreme(
    count: Int, slopes: UnsafePointer<Float>?, high: UnsafeMutablePointer<Float>,
    low: UnsafePointer<Float>, place: UnsafeMutablePointer<UInt8>
  ) {
    kernels.select_extreme(&kernel, count * rows, width, slopes, high, low, place)
  }

  /// `output` = dropout(f(`values` + bias)); in training, `values` becomes the output's derivative.
  func forward(
    _ pass: Pass, values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
    slopes: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    guard case .training(let step, let firstSlot) = pass.mode else {
      kernels.activate(
        &kernel, 1, pass.count * rows, width, values, bias, slopes, nil, output, nil, nil, nil)
      return
    }
    if rate == 0 {
      kernels.activate(
        &kernel, 1, pass.count * rows, width, values, bias, slopes, nil, output, values,
        negative?.base, nil)
      return
    }
    var dropout = Self.dropout(
      rate: rate, seed: seed, step: step, layer: index, firstSlot: firstSlot)
    kernels.activate(
      &kernel, pass.count, rows, width, values, bias, slopes, &dropout, output, values,
      negative?.base, scratch.base)
  }

  /// `gradient` (of the output) becomes the gradient of the pre-activation; sums go to the bias's
  /// and the slopes' gradients.
  func backward(
    count: Int, gradient: UnsafeMutablePointer<Float>, derivative: UnsafePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>, slopeGradient: UnsafeMutablePointer<Float>?
  ) {
    biasGradient.update(repeating: 0, count: width)
    slopeGradient?.update(repeating: 0, count: width)
    kernels.activate_backward(
      count * rows, width, gradient, derivative, negative?.base, gradient, biasGradient,
      slopeGradient)
  }

  /// The kernel's parameters of one dropout layer at one step.
  package static func dropout(
    rate: Float, seed: UInt64, step: UInt32, layer: Int, firstSlot: UInt32
  ) -> srelu_dropout {
    srelu_dropout(
      seed: seed, purpose: RandomPurpose.dropout.rawValue, step: step, layer: UInt32(layer),
      first_slot: firstSlot, threshold: UInt32((rate * 65536).rounded()), scale: 1 / (1 - rate))
  }
}
