import Models

/// The mean of each channel over all pixels, summed pixel by pixel; from rows to rows.
final class PlainGlobalAveragePool: Layer {
  private let name: String
  private let pixels: Int
  private let channels: Int
  private let recorder: OperationRecorder?
  private let means: AlignedBuffer<Float>

  init(_ layer: PlannedLayer, _ context: LayerContext) {
    name = layer.name
    pixels = layer.input.height * layer.input.width
    channels = layer.input.channels
    recorder = context.compute.recorder
    means = AlignedBuffer(count: context.capacity * channels)
  }

  var output: Values { .rows(means.base) }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    recorded(recorder, name, bytes: Double(4 * run.count * pixels * channels)) {
      for sample in run {
        let values = input.rows(from: sample, width: pixels * channels)
        let mean = means.base + sample * channels
        mean.update(repeating: 0, count: channels)
        for pixel in 0..<pixels {
          for channel in 0..<channels { mean[channel] += values[pixel * channels + channel] }
        }
        for channel in 0..<channels { mean[channel] /= Float(pixels) }
      }
    }
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    guard let inputGradient = pass.inputGradient else { return }
    recorded(recorder, "\(name) backward", bytes: Double(4 * pass.run.count * pixels * channels)) {
      for sample in 0..<pass.run.count {
        let slopes = pass.outputGradient + sample * channels
        for pixel in sample * pixels..<(sample + 1) * pixels {
          for channel in 0..<channels {
            inputGradient[pixel * channels + channel] = slopes[channel] / Float(pixels)
          }
        }
      }
    }
  }
}

extension GlobalAveragePool: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainGlobalAveragePool(planned, context)
  }
}
