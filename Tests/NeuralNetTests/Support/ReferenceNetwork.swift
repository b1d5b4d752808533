import Foundation
import NeuralNet
import Support

/// The network in plain loops, in Double, layer by layer, with images channels first as in PyTorch.
/// It shares no code with the library.
final class ReferenceNetwork {
  let spec: NetworkSpec
  let seed: UInt64
  var parameters: [String: [Double]]
  private(set) var gradients: [String: [Double]] = [:]

  init(_ spec: NetworkSpec, state: [NamedTensor], seed: UInt64) {
    self.spec = spec
    self.seed = seed
    parameters = Dictionary(
      uniqueKeysWithValues: state.map { ($0.name, $0.values.map(Double.init)) })
  }

  /// Returns the mean loss of samples, channels first; with `step` also gradients, under dropout.
  func loss(
    _ samples: [[Double]], labels: [Int], step: UInt32?, firstSlot: UInt32 = 0,
    globalBatch: Int? = nil, wantsGradients: Bool = true
  ) -> (loss: Double, logits: [[Double]]) {
    gradients = parameters.mapValues { [Double](repeating: 0, count: $0.count) }
    let scale = 1 / Double(globalBatch ?? samples.count)
    var total = 0.0
    var logits: [[Double]] = []
    for (index, sample) in samples.enumerated() {
      let pass = ReferencePass(
        network: self, step: step, slot: firstSlot + UInt32(index))
      let z = pass.forward(sample)
      logits.append(z)
      let (loss, gradient) = Self.loss(z, label: labels[index])
      total += loss * scale
      if wantsGradients { pass.backward(gradient.map { $0 * scale }) }
    }
    return (total, logits)
  }

  func add(_ name: String, _ index: Int, _ value: Double) { gradients[name]?[index] += value }

  /// Returns the loss of a sample's logits and its gradient: sigmoid for one logit, softmax for
  /// more.
  static func loss(_ z: [Double], label: Int) -> (Double, [Double]) {
    if z.count == 1 {
      let p = 1 / (1 + exp(-z[0]))
      return (label == 1 ? -log(p) : -log1p(-p), [p - Double(label)])
    }
    let top = z.max() ?? 0
    let sum = z.reduce(0) { $0 + exp($1 - top) }
    return (
      log(sum) + top - z[label],
      z.indices.map { exp(z[$0] - top) / sum - ($0 == label ? 1 : 0) }
    )
  }
}

/// One sample's pass through a `ReferenceNetwork`, with the data of its backward pass.
final class ReferencePass {
  private let network: ReferenceNetwork
  private let step: UInt32?
  private let slot: UInt32
  private var undo: [([Double]) -> [Double]] = []
  /// The inputs of each activation, by channel; before a max-pool, those that the pooling keeps.
  private(set) var responses: [[Double]] = []
  private var (channels, height, width) = (0, 0, 0)

  init(network: ReferenceNetwork, step: UInt32?, slot: UInt32) {
    self.network = network
    self.step = step
    self.slot = slot
  }

  func forward(_ sample: [Double]) -> [Double] {
    let spec = network.spec
    var values = sample
    (channels, height, width) = (spec.input.channels, spec.input.height, spec.input.width)
    var numbers: [String: Int] = [:]
    func next(_ stem: String) -> Int {
      numbers[stem, default: 0] += 1
      return numbers[stem, default: 0]
    }
    for layer in spec.layers {
      switch layer {
      case .activation(let layer):
        let name = "act\(next("act"))"
        values =
          ReferenceFormula.known[layer.function].map { activate(values, $0, name: name) }
          ?? activate(values, layer.function, name: "\(name).weight")
      case .batchNorm: preconditionFailure("this goes through one sample after another")
      case .convolution(let layer):
        values = convolve(values, layer, name: "conv\(next("conv"))")
      case .dense(let layer):
        values = dense(values, name: "fc\(next("fc"))", outputs: layer.units)
        (channels, height, width) = (layer.units, 1, 1)
      case .dropout(let layer): values = drop(values, rate: layer.rate, number: next("drop"))
      case .globalAveragePool: values = average(values)
      case .maxPool(let layer): values = pool(values, layer)
      }
    }
    return values
  }

  func backward(_ gradient: [Double]) {
    var gradient = gradient
    for step in undo.reversed() { gradient = step(gradient) }
  }

  private func dense(_ x: [Double], name: String, outputs: Int) -> [Double] {
    let (weight, bias) = ("\(name).weight", "\(name).bias")
    let w = network.parameters[weight] ?? []
    let b = network.parameters[bias] ?? []
    precondition(w.count == outputs * x.count, "\(name): \(w.count) weights")
    undo.append { [network] dy in
      var dx = [Double](repeating: 0, count: x.count)
      for o in 0..<outputs {
        network.add(bias, o, dy[o])
        for i in x.indices {
          network.add(weight, o * x.count + i, dy[o] * x[i])
          dx[i] += dy[o] * w[o * x.count + i]
        }
      }
      return dx
    }
    return (0..<outputs).map { o in
      b[o] + x.indices.reduce(0) { $0 + w[o * x.count + $1] * x[$1] }
    }
  }

  /// The pixels of a channel share a slope.
  private func activate(_ x: [Double], _ f: Activation, name: String) -> [Double] {
    let slopes = network.parameters[name]
    let pixels = height * width
    func slope(_ i: Int) -> Double { slopes?[i / pixels] ?? 0 }
    undo.append { [network] dy in
      dy.indices.map { i in
        if slopes != nil, x[i] <= 0 { network.add(name, i / pixels, dy[i] * x[i]) }
        return dy[i] * ReferenceActivation.derivative(f, x[i], slope: slope(i))
      }
    }
    responses.append(x)
    return x.indices.map { ReferenceActivation.value(f, x[$0], slope: slope($0)) }
  }

  /// A learned parameter's tensor is named and shared as its scope has it.
  private func activate(_ x: [Double], _ f: ReferenceFormula, name: String) -> [Double] {
    let pixels = height * width
    func place(_ learned: Activation.Learned, _ i: Int) -> (name: String, index: Int) {
      switch learned.scope {
      case .network: ("act.\(learned.name)", 0)
      case .layer: ("\(name).\(learned.name)", 0)
      case .channel: ("\(name).\(learned.name)", i / pixels)
      case .unit: ("\(name).\(learned.name)", i)
      }
    }
    let tensors = network.parameters
    func parameters(_ i: Int) -> [Double] {
      f.parameters.map { parameter in
        switch parameter {
        case .fixed(let value): return value
        case .learned(let learned, _):
          let at = place(learned, i)
          return tensors[at.name]?[at.index] ?? .nan
        }
      }
    }
    undo.append { [network] dy in
      dy.indices.map { i in
        let values = parameters(i)
        let gradients = f.formula.gradients(at: x[i], values)
        for (parameter, gradient) in zip(f.parameters, gradients) {
          guard case .learned(let learned, _) = parameter else { continue }
          let at = place(learned, i)
          network.add(at.name, at.index, dy[i] * gradient)
        }
        return dy[i] * f.formula.derivative(at: x[i], values)
      }
    }
    responses.append(x)
    return x.indices.map { f.formula.value(at: x[$0], parameters($0)) }
  }

  /// The library numbers units channels last.
  private func drop(_ x: [Double], rate: Float, number: Int) -> [Double] {
    guard let step else { return x }
    let (area, channels) = (height * width, channels)
    let factors = x.indices.map {
      ReferenceDropout.factor(
        rate: rate, seed: network.seed, step: step, layer: number, slot: slot,
        unit: ($0 % area) * channels + $0 / area)
    }
    undo.append { dy in zip(dy, factors).map { $0 * $1 } }
    return zip(x, factors).map { $0 * $1 }
  }

  private func convolve(_ x: [Double], _ convolution: Convolution, name: String) -> [Double] {
    let channels = channels
    let k = convolution.kernel
    let pad = convolution.padded ? (k - 1) / 2 : 0
    let (h, w) = (height, width)
    let (oh, ow) = convolution.padded ? (h, w) : (h - k + 1, w - k + 1)
    (height, width) = (oh, ow)
    let (weight, bias) = ("\(name).weight", "\(name).bias")
    self.channels = convolution.filters
    let filters = network.parameters[weight] ?? []
    let b = network.parameters[bias] ?? []
    /// Calls `body` with (output, weight, input) for every product.
    func forEachProduct(_ body: (Int, Int, Int) -> Void) {
      for f in 0..<convolution.filters {
        for y in 0..<oh {
          for x in 0..<ow {
            for c in 0..<channels {
              for ky in 0..<k {
                for kx in 0..<k {
                  let (iy, ix) = (y + ky - pad, x + kx - pad)
                  guard iy >= 0, iy < h, ix >= 0, ix < w else { continue }
                  body(
                    (f * oh + y) * ow + x, ((f * channels + c) * k + ky) * k + kx,
                    (c * h + iy) * w + ix)
                }
              }
            }
          }
        }
      }
    }
    undo.append { [network] dy in
      var dx = [Double](repeating: 0, count: x.count)
      var dw = [Double](repeating: 0, count: filters.count)
      forEachProduct { o, i, p in
        dw[i] += dy[o] * x[p]
        dx[p] += dy[o] * filters[i]
      }
      for i in dw.indices { network.add(weight, i, dw[i]) }
      for o in dy.indices { network.add(bias, o / (oh * ow), dy[o]) }
      return dx
    }
    var output = (0..<convolution.filters * oh * ow).map { b[$0 / (oh * ow)] }
    forEachProduct { o, i, p in output[o] += filters[i] * x[p] }
    return output
  }

  private func average(_ x: [Double]) -> [Double] {
    let area = height * width
    (height, width) = (1, 1)
    undo.append { dy in x.indices.map { dy[$0 / area] / Double(area) } }
    return (0..<channels).map { c in
      x[c * area..<(c + 1) * area].reduce(0, +) / Double(area)
    }
  }

  private func pool(_ x: [Double], _ pool: MaxPool) -> [Double] {
    let (h, w, size) = (height, width, pool.size)
    let carry = pool.keepsPartialWindows ? size - 1 : 0
    let (ph, pw) = ((h + carry) / size, (w + carry) / size)
    (height, width) = (ph, pw)
    // After an activation, its input: the part that the pooling keeps.
    let unpooled = responses.last?.count == x.count ? responses.last : nil
    var winners: [Int] = []
    var pooled: [Double] = []
    for c in 0..<channels {
      for y in 0..<ph {
        for column in 0..<pw {
          let window = (0..<size * size).compactMap { place -> Int? in
            let (iy, ix) = (size * y + place / size, size * column + place % size)
            return iy < h && ix < w ? (c * h + iy) * w + ix : nil
          }
          let winner = window.reduce(window[0]) { x[$1] > x[$0] ? $1 : $0 }
          winners.append(winner)
          // Among those with equal activations, the largest is the pooled one.
          pooled.append(window.filter { x[$0] == x[winner] }.map { unpooled?[$0] ?? 0 }.max() ?? 0)
        }
      }
    }
    if unpooled != nil { responses[responses.count - 1] = pooled }
    undo.append { dy in
      var dx = [Double](repeating: 0, count: x.count)
      for (o, winner) in winners.enumerated() { dx[winner] += dy[o] }
      return dx
    }
    return winners.map { x[$0] }
  }
}
