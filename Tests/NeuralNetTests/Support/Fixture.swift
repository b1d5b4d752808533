import CounterRandom
import NeuralNet

/// Numbers and samples drawn from fixed counters.
struct Numbers {
  private var stream: RandomStream
  init(_ seed: UInt64) { stream = RandomStream(seed: seed, purpose: .split) }

  mutating func below(_ bound: Int) -> Int { Int(stream.below(UInt32(bound))) }
  mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
  /// Uniform in ±1.
  mutating func uniform() -> Double { Double(stream.next()) / 2_147_483_648 - 1 }
}

/// A batch in both layouts: channels last for the library, channels first for the reference.
struct Batch {
  var samples: [[Double]]
  var labels: [Int]
  private let shape: ImageShape

  init(_ spec: NetworkSpec, count: Int, seed: UInt64, integers: Bool = false) {
    var numbers = Numbers(seed)
    shape = spec.input
    samples = (0..<count).map { _ in
      (0..<spec.input.count).map { _ in
        integers ? Double(numbers.below(3)) - 1 : Double(Float(numbers.uniform()))
      }
    }
    labels = (0..<count).map { _ in numbers.below(spec.classes) }
  }

  func fill(_ network: Network, _ range: Range<Int>? = nil) {
    let area = shape.height * shape.width
    for (row, index) in (range ?? 0..<samples.count).enumerated() {
      for (i, value) in samples[index].enumerated() {
        let place = (i % area) * shape.channels + i / area
        network.input.base[row * shape.count + place] = Float(value)
      }
      network.labels.base[row] = UInt8(labels[index])
    }
  }
}

extension Network {
  /// The gradients by name in PyTorch's layouts, exported as the parameters of a copy.
  var gradientsByName: [String: [Float]] {
    let copy = Network(spec, capacity: 1, seed: 0, compute: compute)
    _ = copy.arena.parameters.elements.update(fromContentsOf: arena.gradients)
    return Dictionary(uniqueKeysWithValues: copy.stateDictionary().map { ($0.name, $0.values) })
  }

  func logitRows(_ count: Int) -> [Float] {
    (0..<count * spec.outputs).map { logits[$0] }
  }
}

extension NetworkSpec {
  enum Counted { case activations, convolutions }

  func count(_ kind: Counted) -> Int {
    layers.count {
      switch ($0, kind) {
      case (.activation, .activations), (.convolution, .convolutions): true
      default: false
      }
    }
  }
}

/// Returns the largest difference between two tensors, relative to the largest magnitude.
func distance(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let scale = b.map(abs).max() ?? 0
  let worst = zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
  return worst.isNaN ? .infinity : worst / max(scale, 1e-6)
}

/// Networks of every kind, small enough for the plain reference.
enum Specs {
  static func ffnn(
    _ f: Activation, dropout: Float = 0.3, hidden: [Int] = [17, 5], classes: Int = 3
  ) -> NetworkSpec {
    NetworkSpec(
      input: ImageShape(height: 1, width: 11, channels: 1), hidden: hidden, classes: classes,
      activation: f, dropout: dropout)
  }

  /// Takes the direct kernels.
  static func cnn(_ f: Activation, dropout: Float = 0.3, classes: Int = 4) -> NetworkSpec {
    NetworkSpec(
      input: ImageShape(height: 12, width: 11, channels: 1),
      convolutions: [.init(filters: 32, kernel: 3), .init(filters: 32, kernel: 3)], hidden: [9],
      classes: classes, activation: f, dropout: dropout)
  }

  /// Padded, three channels, odd sizes: the general path.
  static func padded(_ f: Activation, dropout: Float = 0.3) -> NetworkSpec {
    NetworkSpec(
      input: ImageShape(height: 7, width: 5, channels: 3),
      convolutions: [
        .init(filters: 5, kernel: 3, padded: true), .init(filters: 4, kernel: 5, padded: true),
      ], hidden: [6], classes: 2, activation: f, dropout: dropout)
  }

  /// WDBC's features as an image.
  static func statistics(_ f: Activation, dropout: Float = 0.3) -> NetworkSpec {
    NetworkSpec(
      input: ImageShape(height: 3, width: 10, channels: 1),
      convolutions: [
        .init(filters: 8, kernel: 3, padded: true), .init(filters: 3, kernel: 3, padded: true),
      ], hidden: [7], classes: 2, activation: f, dropout: dropout)
  }

  static func all(_ f: Activation, dropout: Float = 0.3) -> [NetworkSpec] {
    [
      ffnn(f, dropout: dropout), ffnn(f, dropout: dropout, hidden: [1], classes: 2),
      cnn(f, dropout: dropout), padded(f, dropout: dropout), statistics(f, dropout: dropout),
    ]
  }
}
