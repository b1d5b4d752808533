import MPI
import NeuralNet

/// The exchange of a group on one node: every rank's parameters and gradients lie in memory that all
/// see. Each rank reads one slice of all gradients and writes the new parameters into all replicas:
/// two barriers a step, no copies in between, and 1/n of the optimizer's work and memory traffic on
/// each rank. Only the own slice of the moments is kept up.
final class SharedMemoryUpdate: GradientUpdate {
  private let group: Communicator
  private let window: SharedWindow<Float>
  /// Floats from one rank's block to the next, and of one block's parameters.
  private let blockLength: Int
  private let parameterLength: Int
  private let first: Int
  /// This rank's parameters first, then the others'; the gradients by rank.
  private let parameters: AlignedBuffer<UnsafeMutablePointer<Float>?>
  private let gradients: AlignedBuffer<UnsafePointer<Float>?>

  /// Room for arenas of these lengths; collective over the ranks of one node.
  init(group: Communicator, parameters parameterCount: Int, gradients gradientCount: Int) throws {
    self.group = group
    func rounded(_ count: Int) -> Int { (count + Self.page - 1) / Self.page * Self.page }
    parameterLength = rounded(parameterCount)
    blockLength = parameterLength + rounded(gradientCount)
    window = try SharedWindow(count: group.size * blockLength + Self.page, on: group)
    let base = window.elements.baseAddress.unsafelyUnwrapped
    // The window starts at the same place of a page on all ranks.
    let misplaced = Int(bitPattern: base) / MemoryLayout<Float>.stride % Self.page
    first = (Self.page - misplaced) % Self.page
    parameters = AlignedBuffer(count: group.size)
    gradients = AlignedBuffer(count: group.size)
    let (start, length) = (base + first, parameterLength)
    for rank in 0..<group.size {
      let block = start + (group.rank + rank) % group.size * blockLength
      parameters.base[rank] = block
      gradients.base[rank] = UnsafePointer(start + rank * blockLength + length)
    }
    // The rank that uses a page touches it first, so that it lies in its own part of the memory.
    (start + group.rank * blockLength).update(repeating: 0, count: blockLength)
    try window.synchronise()
  }

  private static let page = 1024

  /// This rank's part, for its network.
  var memory: ParameterArena.Memory {
    let own = parameters.base[0].unsafelyUnwrapped
    return ParameterArena.Memory(
      parameters: own, gradients: own + parameterLength, owner: window)
  }

  func apply(to network: Network, adam: Adam, step: Int) throws {
    try window.synchronise()
    let slice = Slices.range(
      rank: group.rank, ranks: group.size, count: network.arena.parameters.count)
    adam.step(
      network, step: step, range: slice, replicas: group.size, parameters: parameters.base,
      gradients: gradients.base)
    let sums = tailSums(network)
    // Nobody may change gradients or read parameters before all are through.
    try window.synchronise()
    for index in 0..<ParameterArena.tailCount { network.arena.gradientTail[index] = sums[index] }
  }

  /// The own slice: the parameter, both moments and all gradients in; both moments and all
  /// parameters out.
  func bytes(_ network: Network) -> Double {
    let slice = Slices.range(
      rank: group.rank, ranks: group.size, count: network.arena.parameters.count)
    return Double(4 * (5 + 2 * group.size) * slice.count)
  }

  private func tailSums(_ network: Network) -> SIMD16<Float> {
    let offset = network.arena.parameters.count
    var sums = SIMD16<Float>.zero
    for rank in 0..<group.size {
      let tail = gradients.base[rank].unsafelyUnwrapped + offset
      for index in 0..<ParameterArena.tailCount { sums[index] += tail[index] }
    }
    return sums
  }

  func free() throws { try window.free() }
}

/// How the ranks of a group share the parameters.
enum Slices {
  /// One rank's slice; all but the last have the same length, a multiple of 16.
  static func range(rank: Int, ranks: Int, count: Int) -> Range<Int> {
    let length = length(ranks: ranks, count: count)
    return min(count, rank * length)..<min(count, (rank + 1) * length)
  }

  /// Length of a slice.
  static func length(ranks: Int, count: Int) -> Int {
    ((count + ranks - 1) / ranks + 15) / 16 * 16
  }
}
