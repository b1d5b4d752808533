import CKernels
import CounterRandom
import Models

/// Bias, activation and dropout in one pass. The forward pass stores the output's derivative, so
/// that the backward pass is one multiplication for every activation function.
package final class ActivationStage {
  /// nil for the identity.
  private let activation: Activation?
  private var kernel: srelu_activation
  private let kernels: srelu_kernels
  /// Values per row: units of a dense layer, channels of an image.
  let width: Int
  /// Rows per sample: 1 for a dense layer, pixels of an image.
  private let rows: Int
  /// The dropout layer's number, from 1.
  private let number: Int
  private let rate: Float
  private let seed: UInt64
  /// The slopes' part of the derivative, if learned.
  let negative: AlignedBuffer<Float>?
  private let scratch: AlignedBuffer<Float>

  init(
    _ activation: Activation?, shape: ImageShape, dropout: Float = 0, dropoutNumber: Int = 0,
    _ context: LayerContext
  ) {
    self.activation = activation
    kernels = context.kernels
    rows = shape.height * shape.width
    width = shape.channels
    number = dropoutNumber
    seed = context.seed
    rate = dropout
    kernel =
      activation?.kernel ?? srelu_activation(kind: SRELU_IDENTITY, alpha: 0, beta: 0)
    let panel = Int(kernels.panel)
    negative =
      activation?.initialSlope == nil
      ? nil
      : AlignedBuffer(
        count: PanelBuffer.unitCount(
          width: rows * width, capacity: context.capacity, panel: panel))
    scratch = AlignedBuffer(count: (rows * width + 128) * (rows == 1 ? Int(kernels.width) : 1))
  }

  /// Whether pooling before the activation may keep only each window's largest value.
  func isNondecreasing(slopes: UnsafePointer<Float>?) -> Bool {
    guard let slopes else { return activation?.shape != .valley }
    return (0..<width).allSatisfy { slopes[$0] >= 0 }
  }

  /// Keeps the one of each window's largest and smallest value whose activation is larger.
  func selectExtreme(
    count: Int, slopes: UnsafePointer<Float>?, high: UnsafeMutablePointer<Float>,
    low: UnsafePointer<Float>, place: UnsafeMutablePointer<UInt8>
  ) {
    kernels.select_extreme(&kernel, count * rows, width, slopes, high, low, place)
  }

  /// Computes `output` = dropout(f(`values`)) for samples `run` of the batch, in rows; in training,
  /// `derivative` becomes the output's derivative. In evaluation an observer sees both.
  func forward(
    _ pass: Pass, run: Range<Int>, values: UnsafePointer<Float>, slopes: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, derivative: UnsafeMutablePointer<Float>,
    observer: LayerObserver?
  ) {
    guard case .training(let step, let firstSlot) = pass.mode else {
      let count = run.count * rows
      observer?.see(rows: count, values: values)
      kernels.activate(
        &kernel, 1, count, width, values, nil, slopes, nil, output,
        observer == nil ? nil : derivative, nil, nil)
      observer?.see(rows: count, derivatives: derivative)
      return
    }
    var dropout = Self.dropout(
      rate: rate, seed: seed, step: step, layer: number,
      firstSlot: firstSlot + UInt32(run.lowerBound))
    withUnsafePointer(to: &dropout) { dropout in
      kernels.activate(
        &kernel, run.count, rows, width, values, nil, slopes, rate == 0 ? nil : dropout, output,
        derivative, negative.map { $0.base + run.lowerBound * rows * width }, scratch.base)
    }
  }

  /// As above for a dense layer: `panels` holds x·Wᵀ in its sample panels and receives the output.
  func forward(
    _ pass: Pass, panels: PanelBuffer, bias: UnsafePointer<Float>,
    slopes: UnsafePointer<Float>?, derivative: UnsafeMutablePointer<Float>,
    observer: LayerObserver?
  ) {
    let across = panels.across.base
    guard case .training(let step, let firstSlot) = pass.mode else {
      observer?.see(samples: pass.count, panels: across, bias: bias)
      kernels.activate_dense(
        &kernel, pass.count, width, across, bias, slopes, nil, across, nil,
        observer == nil ? nil : derivative, nil, nil)
      observer?.see(samples: pass.count, derivativePanels: derivative)
      return
    }
    var dropout = Self.dropout(
      rate: rate, seed: seed, step: step, layer: number, firstSlot: firstSlot)
    withUnsafePointer(to: &dropout) { dropout in
      kernels.activate_dense(
        &kernel, pass.count, width, across, bias, slopes, rate == 0 ? nil : dropout, across,
        panels.units.base, derivative, negative?.base, scratch.base)
    }
  }

  /// Turns `gradient` (of the output of samples `run`, in rows) into the gradient of the
  /// pre-activation; adds its sums to the gradients of the bias and the slopes.
  func backward(
    run: Range<Int>, gradient: UnsafeMutablePointer<Float>, derivative: UnsafePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>, slopeGradient: UnsafeMutablePointer<Float>?
  ) {
    kernels.activate_backward(
      run.count * rows, width, width, gradient, derivative,
      negative.map { $0.base + run.lowerBound * rows * width }, gradient, biasGradient,
      slopeGradient)
  }

  package static func dropout(
    rate: Float, seed: UInt64, step: UInt32, layer: Int, firstSlot: UInt32
  ) -> srelu_dropout {
    srelu_dropout(
      seed: seed, purpose: RandomPurpose.dropout.rawValue, step: step, layer: UInt32(layer),
      first_slot: firstSlot, threshold: UInt32((rate * 65536).rounded()), scale: 1 / (1 - rate))
  }
}

extension Activation {
  package var kernel: srelu_activation {
    var kind = srelu_activation_kind(0)
    guard srelu_activation_named(formula, &kind) else {
      preconditionFailure("no kernel computes \(formula)")
    }
    return srelu_activation(kind: kind, alpha: alpha, beta: beta)
  }
}
