import DataParallel
import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet
import Storage
import Support

/// Pixels and labels drawn from a seed: the same on every rank.
final class SyntheticImages {
  private let pixels: AlignedBuffer<UInt8>
  private let labels: AlignedBuffer<UInt8>
  let samples: SampleSet

  init(count: Int, shape: ImageShape, classes: Int, seed: UInt64 = 1) {
    pixels = AlignedBuffer(count: count * shape.count)
    labels = AlignedBuffer(count: count)
    var generator = SplitMix64(state: seed)
    for index in 0..<pixels.count { pixels.base[index] = UInt8(generator.next() >> 56) }
    for index in 0..<count { labels.base[index] = UInt8(generator.next() % UInt64(classes)) }
    samples = SampleSet(
      features: .pixels(pixels.base), labels: labels.base, count: count, shape: shape)
  }

  /// The first samples of others in an order, then the rest.
  init(_ others: SyntheticImages, first order: [UInt32]) {
    let (count, size) = (others.samples.count, others.samples.shape.count)
    pixels = AlignedBuffer(count: count * size)
    labels = AlignedBuffer(count: count)
    for (place, sample) in (order.map(Int.init) + Array(order.count..<count)).enumerated() {
      labels.base[place] = others.labels.base[sample]
      for index in 0..<size {
        pixels.base[place * size + index] = others.pixels.base[sample * size + index]
      }
    }
    samples = SampleSet(
      features: .pixels(pixels.base), labels: labels.base, count: count,
      shape: others.samples.shape)
  }

  /// Data of which the last `test` samples are for testing.
  func data(test: Int, classes: Int) -> TrialData {
    let train = samples.count - test
    return TrialData(
      train: SampleSet(
        features: .pixels(pixels.base), labels: labels.base, count: train, shape: samples.shape),
      test: SampleSet(
        features: .pixels(pixels.base + train * samples.shape.count), labels: labels.base + train,
        count: test, shape: samples.shape),
      classNames: (0..<classes).map { "class \($0)" }, owner: self)
  }
}

/// A small generator of 64-bit numbers (Steele, Lea & Flood 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The networks that are trained on one rank and on all: small, with dropout, slopes to learn, a layer that
/// couples samples, and a function for each layer whose parameters soon reach their bounds.
enum ProbeNetwork: CaseIterable {
  case ffnn, cnn, normalised, mixed, formulas

  /// Adam's first steps are of 0.001 each, so that the bounds hold the slopes from the second on.
  private static func leaky(_ scope: Activation.Learned.Scope) -> Activation {
    let spec = ActivationSpec(
      name: "leaky-relu", parameters: ["slope": 0.25], learned: ["slope": scope],
      bounds: ["slope": ParameterBounds(minimum: 0.249, maximum: 0.251)])
    return activation(spec)
  }

  private static func activation(_ spec: ActivationSpec) -> Activation {
    guard let activation = try? Activation(spec) else { preconditionFailure("no \(spec.name)") }
    return activation
  }

  /// A formula of which a parameter of each scope is learned.
  static let formula = ActivationSpec(
    name: "own", formula: "x > 0 ? a * x + sin(b * x)^2 / b : c * expm1(d * x)",
    parameters: ["a": 0.9, "b": 1.2, "c": 0.3, "d": 1.1],
    learned: ["a": .network, "b": .channel, "c": .layer, "d": .unit])

  static let shape = ImageShape(height: 14, width: 12, channels: 1)

  var activationLayers: Int {
    switch self {
    case .ffnn, .normalised: 2
    case .cnn, .formulas: 3
    case .mixed: 4
    }
  }

  func spec(classes: Int = 10, dropout: Float = 0.3) -> NetworkSpec {
    switch self {
    case .ffnn:
      NetworkSpec(
        input: Self.shape, hidden: [48, 33], classes: classes,
        activation: .srelu(alpha: 1.5, beta: 0.5), dropout: dropout)
    case .cnn:
      NetworkSpec(
        input: Self.shape,
        convolutions: [.init(filters: 8, kernel: 3), .init(filters: 16, kernel: 3, padded: true)],
        hidden: [32], classes: classes, activation: .parametricReLU(initialSlope: 0.25),
        dropout: dropout)
    case .mixed:
      NetworkSpec(
        input: Self.shape, convolutions: [.init(filters: 8, kernel: 3)], hidden: [32, 24, 16],
        classes: classes,
        activations: [
          Self.leaky(.unit), .srelu(alpha: 1.5, beta: 0.5), Self.leaky(.channel),
          Self.leaky(.layer),
        ], dropout: dropout)
    case .formulas:
      NetworkSpec(
        input: Self.shape, convolutions: [.init(filters: 7, kernel: 3)], hidden: [24, 17],
        classes: classes, activation: Self.activation(Self.formula), dropout: dropout)
    case .normalised:
      NetworkSpec(
        input: Self.shape,
        layers: [
          .convolution(Convolution(filters: 6, kernel: 3)), .activation(ActivationLayer(.gelu)),
          .batchNorm(BatchNorm()), .maxPool(MaxPool()), .dropout(Dropout(dropout)),
          .dense(Dense(units: 24)), .activation(ActivationLayer(.srelu(alpha: 1, beta: 0.1))),
          .dense(Dense(units: classes == 2 ? 1 : classes)),
        ], classes: classes)
    }
  }
}

/// A replica that is trained step by step over the epochs of a set of images.
struct Trajectory {
  let replica: Replica
  private let images: SyntheticImages
  private let plan: BatchPlan
  private var permutation: [UInt32]
  private var step = 0

  init(
    _ spec: NetworkSpec, images: SyntheticImages, batch: Int, group: Communicator,
    exchange: ProbeExchange = .sharded, optimizer: any Optimizer = Adam()
  ) throws {
    self.images = images
    replica = try Replica(
      spec, batch: batch, seed: 7, optimizer: optimizer,
      on: RankContext(group), exchange: exchange.exchange, hosts: exchange.hosts)
    let count = images.samples.count
    plan = BatchPlan(count: count, batchSize: batch)
    permutation = [UInt32](repeating: 0, count: count)
  }

  mutating func advance() throws -> Replica.StepReport {
    if step % plan.count == 0 {
      EpochOrder.fill(&permutation, seed: 7, epoch: step / plan.count + 1)
    }
    let range = plan.range(step % plan.count)
    defer { step += 1 }
    return try permutation.withUnsafeBufferPointer { all in
      try replica.step(
        samples: images.samples, batch: UnsafeBufferPointer(rebasing: all[range]), step: step)
    }
  }
}

/// Counts what it is asked, and says stop when asked for the `stopAt`th time.
final class CountingObserver: TrialObserver {
  private let stopAt: Int?
  private(set) var questions = 0
  private(set) var epochs: [Int] = []

  init(stopAt: Int? = nil) { self.stopAt = stopAt }

  var wantsProgress: Bool { false }
  /// Called before each step with its number, counted from 1.
  var beforeStep: (Int) -> Void = { _ in }
  func shouldStop() -> Bool {
    questions += 1
    beforeStep(questions)
    return questions == stopAt
  }
  func progress(_ progress: TrialProgress) {}
  func epochFinished(_ record: EpochRecord) { epochs.append(record.epoch) }
  private(set) var resumedSteps: [Int] = []
  private(set) var notes: [String] = []
  private(set) var failures: [WriteError] = []
  func resumed(_ state: TrainingState) { resumedSteps.append(state.step) }
  func note(_ text: String) { notes.append(text) }
  func cannotWrite(_ error: WriteError) { failures.append(error) }
}

/// A trial of the small feed-forward network.
func probeNetworkTrial(
  epochs: Int = 2, batch: Int = 37, rate: Double = 0.001, seed: UInt64 = 7,
  activation: ActivationSpec = ActivationSpec(name: "relu")
) -> Trial {
  Trial(
    dataset: DatasetSpec(name: "synthetic"),
    architecture: ArchitectureSpec(kind: .ffnn, hidden: [24, 17]),
    activation: activation,
    training: TrainingSpec(learningRate: rate, batchSize: batch, epochs: epochs), seed: seed)
}

/// A folder that rank 0 makes for all and removes when all are done with it.
func withFolder(_ communicator: Communicator, _ body: (String) throws -> Void) throws {
  let own = FileManager.default.temporaryDirectory
    .appendingPathComponent("multirank-\(UUID().uuidString)").path
  let folder = try communicator.broadcast(message: own, root: 0)
  if communicator.rank == 0 {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }
  try communicator.barrier()
  defer { if communicator.rank == 0 { try? FileManager.default.removeItem(atPath: folder) } }
  try body(folder)
  try communicator.barrier()
}
