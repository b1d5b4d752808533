import Models

/// Batch normalisation; from rows to rows, all samples at a time, with sums in double precision.
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
  private let weightSum: Int
  private let biasSum: Int
  /// Two sums for each channel, and the number of pixels.
  private let sums: CoupledSums

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
    weightSum = context.sum(layer, "weight")
    biasSum = context.sum(layer, "bias")
    sums = CoupledSums(width: 2 * channels + 1, context)
  }

  var output: Values { .rows(normalised.base) }
  var isTrained: Bool { true }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    let values = input.rows(from: run.lowerBound, width: pixels * channels)
    let count = run.count * pixels
    recorded(compute.recorder, "\(name) forward", bytes: Double(8 * count * channels)) {
      if case .training = pass.mode {
        measure(values, run, firstSlot: pass.firstSlot, arena)
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
  private func measure(
    _ x: UnsafeMutablePointer<Float>, _ run: Range<Int>, firstSlot: Int, _ arena: ParameterArena
  ) {
    let first = sums.sum(run, firstSlot: firstSlot) { samples, _, sums in
      forEachRow(of: samples) { row in
        for channel in 0..<channels { sums[channel] += Double(x[row + channel]) }
      }
      sums[2 * channels] = Double(samples.count * pixels)
    }
    let total = first[2 * channels]
    for channel in 0..<channels { means.base[channel] = Float(first[channel] / total) }
    let second = sums.sum(run, firstSlot: firstSlot) { samples, _, sums in
      forEachRow(of: samples) { row in
        for channel in 0..<channels {
          let distance = Double(x[row + channel] - means.base[channel])
          sums[channel] += distance * distance
        }
      }
    }
    for channel in 0..<channels {
      let squares = second[channel]
      factors.base[channel] = 1 / (Float(squares / total) + epsilon).squareRoot()
      follow(means.base[channel], arena.state.base + runningMean + channel)
      // Without bias, as the estimate for samples that weren't seen.
      follow(Float(squares / max(total - 1, 1)), arena.state.base + runningVariance + channel)
    }
  }

  /// Calls `body` with the place of each pixel's first channel.
  private func forEachRow(of samples: Range<Int>, _ body: (Int) -> Void) {
    for pixel in samples.lowerBound * pixels..<samples.upperBound * pixels {
      body(pixel * channels)
    }
  }

  private func follow(_ value: Float, _ running: UnsafeMutablePointer<Float>) {
    running.pointee += momentum * (value - running.pointee)
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let x = input.rows(from: pass.run.lowerBound, width: pixels * channels)
    let count = pass.run.count * pixels
    recorded(compute.recorder, "\(name) backward", bytes: Double(16 * count * channels)) {
      let sums = sums.sum(pass.run, firstSlot: pass.firstSlot) { samples, shard, sums in
        forEachRow(of: samples) { row in
          let (x, slopes) = (x + row, pass.outputGradient + row)
          for channel in 0..<channels {
            let dy = Double(slopes[channel])
            sums[channel] += dy
            sums[channels + channel] +=
              dy * Double((x[channel] - means.base[channel]) * factors.base[channel])
          }
        }
        sums[2 * channels] = Double(samples.count * pixels)
        // The tensors' gradients are added up with all others.
        for channel in 0..<channels {
          pass.sums.pointer(biasSum, shard: shard)[channel] = Float(sums[channel])
          pass.sums.pointer(weightSum, shard: shard)[channel] = Float(sums[channels + channel])
        }
      }
      guard let inputGradient = pass.inputGradient else { return }
      let (total, gamma) = (sums[2 * channels], arena.base(weight))
      for index in 0..<2 * channels { sums[index] /= total }
      for pixel in 0..<count {
        let at = pixel * channels
        for channel in 0..<channels {
          let distance = (x[at + channel] - means.base[channel]) * factors.base[channel]
          inputGradient[at + channel] =
            gamma[channel] * factors.base[channel]
            * (pass.outputGradient[at + channel] - Float(sums[channel])
              - distance * Float(sums[channels + channel]))
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
