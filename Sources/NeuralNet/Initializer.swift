import CounterRandom
import Models

extension ParameterArena {
  /// Fills a network's tensors from the seed; `layers` are those of the arena.
  func initialize(_ layers: [PlannedLayer], seed: UInt64) {
    var rest = tensors[...]
    for specs in [layers.map(\.tensors), layers.map { $0.spec.kind.state(for: $0.input) }] {
      for (layer, specs) in zip(layers, specs) {
        for (spec, tensor) in zip(specs, rest) {
          switch spec.initial {
          case .constant(let value): tensor.values.update(repeating: value)
          case .glorot(let fanIn, let fanOut):
            guard let base = tensor.values.baseAddress else { continue }
            glorotUniform(
              base, count: tensor.values.count, fanIn: fanIn, fanOut: fanOut, seed: seed,
              layer: layer.drawn)
          }
        }
        rest = rest.dropFirst(specs.count)
      }
    }
  }
}

/// Glorot & Bengio (2010): uniform in ±√(6 / (fanIn + fanOut)), as Keras draws dense and
/// convolutional weights. Element i of layer `layer` depends only on (seed, layer, i).
func glorotUniform(
  _ values: UnsafeMutablePointer<Float>, count: Int, fanIn: Int, fanOut: Int, seed: UInt64,
  layer: Int
) {
  let limit = (6 / Double(fanIn + fanOut)).squareRoot()
  let generator = Philox4x32(key: seed)
  let tag = RandomPurpose.initialWeights.rawValue << 12 | UInt32(layer)
  for block in 0..<(count + 3) / 4 {
    let words = generator.block(counter: SIMD4(UInt32(truncatingIfNeeded: block), 0, 0, tag))
    for lane in 0..<min(4, count - 4 * block) {
      // 24 bits, centred: symmetric about zero and never at the limits.
      let unit = (Double(words[lane] >> 8) + 0.5) / Double(1 << 24)
      values[4 * block + lane] = Float((2 * unit - 1) * limit)
    }
  }
}
