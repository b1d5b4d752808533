import Models

/// Batch normalisation; from rows to rows, all samples at a time. Sums run in double precision, over this
/// rank's samples first and then over the ranks.
final class PlainBatchNorm: Layer {
  private let name: String
  private let pixels: Int
  private let channels: Int
  private let epsilon: Float
  private let momentum: Float
  private let compute: Compute
  private let normalised: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int
  private let runningMean: Int
  private let runningVariance: Int
  /// Of the last training pass, by channel: the mean, and 1 / √(variance + ε).
  private let means: AlignedBuffer<Float>
  private let factors: AlignedBuffer<Float>
  /// Two sums for each channel, and the number of samples.
  private let sums: AlignedBuffer<Double>

  init(_ layer: PlannedLayer, _ kind: BatchNorm, _ context: LayerContext) {
    name = layer.name
    pixels = layer.input.height * layer.input.width
    channels = layer.input.channels
    epsilon = kind.epsilon
    momentum = kind.momentum
    compute = context.compute
    normalised = AlignedBuffer(count: context.capacity * pixels * channels)
    weight = context.place(layer, "weight")
    bias = context.place(layer, "bias")
    runningMean = context.place(layer, "running_mean")
    runningVariance = context.place(layer, "running_var")
    means = AlignedBuffer(count: channels)
    factors = AlignedBuffer(count: channels)
    sums = AlignedBuffer(count: 2 * channels + 1)
  }

  var output: Values { .rows(normalised.base) }
  var firstPlace: Int? { weight }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    let values = input.rows(from: run.lowerBound, width: pixels * channels)
    let count = run.count * pixels
    recorded(compute.recorder, "\(name) forward", bytes: Double(8 * count * channels)) {
      if case .training = pass.mode {
        measure(values, count: count, arena)
      } else {
        for channel in 0..<channels {
          means.base[channel] = arena.state.base[runningMean + channel]
          factors.base[channel] =
            1 / (arena.state.base[runningVariance + channel] + epsilon).squareRoot()
        }
      }
      let (gamma, beta) = (arena.base(weight), arena.base(bias))
      for pixel in 0..<count {
        let (x, y) = (values + pixel * channels, normalised.base + pixel * channels)
        for channel in 0..<channels {
          y[channel] =
            gamma[channel] * ((x[channel] - means.base[channel]) * factors.base[channel])
            + beta[channel]
        }
      }
    }
  }

  /// The global batch's mean and variance, which the running ones move towards.
  private func measure(_ x: UnsafeMutablePointer<Float>, count: Int, _ arena: ParameterArena) {
    sums.elements.update(repeating: 0)
    for pixel in 0..<count {
      let row = x + pixel * channels
      for channel in 0..<channels { sums.base[channel] += Double(row[channel]) }
    }
    sums.base[2 * channels] = Double(count)
    compute.reduction?(sums.elements)
    let total = sums.base[2 * channels]
    for channel in 0..<channels {
      means.base[channel] = Float(sums.base[channel] / total)
      sums.base[channel] = 0
    }
    for pixel in 0..<count {
      let row = x + pixel * channels
      for channel in 0..<channels {
        let distance = Double(row[channel] - means.base[channel])
        sums.base[channel] += distance * distance
      }
    }
    sums.base[2 * channels] = 0
    compute.reduction?(sums.elements)
    for channel in 0..<channels {
      let squares = sums.base[channel]
      factors.base[channel] = 1 / (Float(squares / total) + epsilon).squareRoot()
      follow(means.base[channel], arena.state.base + runningMean + channel)
      // Without bias, as the estimate for samples that weren't seen.
      follow(Float(squares / max(total - 1, 1)), arena.state.base + runningVariance + channel)
    }
  }

  private func follow(_ value: Float, _ running: UnsafeMutablePointer<Float>) {
    running.pointee += momentum * (value - running.pointee)
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let x = input.rows(from: pass.run.lowerBound, width: pixels * channels)
    let count = pass.run.count * pixels
    recorded(compute.recorder, "\(name) backward", bytes: Double(16 * count * channels)) {
      sums.elements.update(repeating: 0)
      for pixel in 0..<count {
        let (row, slopes) = (x + pixel * channels, pass.outputGradient + pixel * channels)
        for channel in 0..<channels {
          let dy = Double(slopes[channel])
          sums.base[channel] += dy
          sums.base[channels + channel] +=
            dy * Double((row[channel] - means.base[channel]) * factors.base[channel])
        }
      }
      // The ranks' gradients of the tensors are added up with all others.
      for channel in 0..<channels {
        arena.gradientBase(bias)[channel] = Float(sums.base[channel])
        arena.gradientBase(weight)[channel] = Float(sums.base[channels + channel])
      }
      sums.base[2 * channels] = Double(count)
      compute.reduction?(sums.elements)
      guard let inputGradient = pass.inputGradient else { return }
      let (total, gamma) = (sums.base[2 * channels], arena.base(weight))
      for index in 0..<2 * channels { sums.base[index] /= total }
      for pixel in 0..<count {
        let at = pixel * channels
        for channel in 0..<channels {
          let distance = (x[at + channel] - means.base[channel]) * factors.base[channel]
          inputGradient[at + channel] =
            gamma[channel] * factors.base[channel]
            * (pass.outputGradient[at + channel] - Float(sums.base[channel])
              - distance * Float(sums.base[channels + channel]))
        }
      }
    }
  }
}

extension BatchNorm: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainBatchNorm(planned, self, context)
  }
}
