import CounterRandom
import Datasets
import Experiments
import MPI
import Models
import NeuralNet

/// What the steps of a benchmark are taken on.
package enum BenchmarkSamples {
  /// Random 28×28 images in 10 classes.
  case random
  /// The training samples of the trial's data set. Most pixels of real images are 0, which some operations
  /// leave out.
  case found(by: DatasetSearch)
}

/// Samples in memory.
final class LoadedSamples {
  let set: SampleSet
  let classes: Int
  private let owner: Any
  private let store: DataStore?

  /// Collective over the group.
  /// - Parameter count: how many random samples.
  /// - Throws: `DatasetError`, `HostLoadFailure`, `MPIError`.
  init(_ samples: BenchmarkSamples, of trial: Trial, count: Int, group: Communicator) throws {
    switch samples {
    case .random:
      let random = RandomSamples(
        count: count, shape: ImageShape(height: 28, width: 28, channels: 1))
      (set, classes, owner, store) = (random.set, 10, random, nil)
    case .found(let search):
      let store = try DataStore(world: group)
      try store.load(trial.dataset, search: search)
      let data = store.data(for: trial)
      (set, classes, owner) = (data.train, data.classNames.count, data)
      self.store = store
    }
  }

  /// Gives shared memory back; collective over the group.
  func free() throws { try store?.free() }
}

/// Pixels and labels drawn from a fixed seed.
private final class RandomSamples {
  private let pixels: AlignedBuffer<UInt8>
  private let labels: AlignedBuffer<UInt8>
  let set: SampleSet

  init(count: Int, shape: ImageShape) {
    pixels = AlignedBuffer(count: count * shape.count)
    labels = AlignedBuffer(count: count)
    let generator = Philox4x32(key: 0)
    for index in 0..<(pixels.count + 3) / 4 {
      let words = generator.block(counter: SIMD4(UInt32(index), 0, 0, 0))
      for lane in 0..<min(4, pixels.count - 4 * index) {
        pixels.base[4 * index + lane] = UInt8(truncatingIfNeeded: words[lane])
      }
    }
    for index in 0..<count {
      labels.base[index] = UInt8(generator.block(counter: SIMD4(UInt32(index), 1, 0, 0))[0] % 10)
    }
    set = SampleSet(
      features: .pixels(pixels.base), labels: labels.base, count: count, shape: shape)
  }
}
