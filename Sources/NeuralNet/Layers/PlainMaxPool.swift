import Models

/// The largest value of each window, at any position in the network; from rows to rows. Of equal
/// values the first wins, row by row; NaN wins over all.
final class PlainMaxPool: Layer {
  private let name: String
  private let size: Int
  private let input: ImageShape
  private let pooled: ImageShape
  private let recorder: OperationRecorder?
  private let largest: AlignedBuffer<Float>
  /// Each output's source index in the sample.
  private let places: AlignedBuffer<Int32>

  init(_ layer: PlannedLayer, size: Int, _ context: LayerContext) {
    name = layer.name
    self.size = size
    (input, pooled) = (layer.input, layer.output)
    recorder = context.compute.recorder
    largest = AlignedBuffer(count: context.capacity * pooled.count)
    places = AlignedBuffer(count: largest.count)
  }

  var output: Values { .rows(largest.base) }

  func forward(_ pass: Pass, run: Range<Int>, input values: Values, arena: ParameterArena) {
    recorded(recorder, name) {
      for sample in run {
        pool(
          values.rows(from: sample, width: input.count), largest.base + sample * pooled.count,
          places.base + sample * pooled.count)
      }
    }
  }

  private func pool(
    _ image: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ places: UnsafeMutablePointer<Int32>
  ) {
    let channels = input.channels
    for index in 0..<pooled.count {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
      let (row, column) = pixel.quotientAndRemainder(dividingBy: pooled.width)
      var best = (row * size * input.width + column * size) * channels + channel
      for y in row * size..<min(input.height, (row + 1) * size) {
        for x in column * size..<min(input.width, (column + 1) * size) {
          let place = (y * input.width + x) * channels + channel
          if image[place] > image[best] || image[place].isNaN && !image[best].isNaN {
            best = place
          }
        }
      }
      output[index] = image[best]
      places[index] = Int32(best)
    }
  }

  func backward(_ pass: BackwardPass, input values: Values, arena: ParameterArena) {
    guard let inputGradient = pass.inputGradient else { return }
    recorded(recorder, "\(name) backward") {
      inputGradient.update(repeating: 0, count: pass.run.count * input.count)
      for sample in 0..<pass.run.count {
        let places = places.base + (pass.run.lowerBound + sample) * pooled.count
        for index in 0..<pooled.count {
          inputGradient[sample * input.count + Int(places[index])] +=
            pass.outputGradient[sample * pooled.count + index]
        }
      }
    }
  }
}

extension MaxPool: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainMaxPool(planned, size: size, context)
  }
}
