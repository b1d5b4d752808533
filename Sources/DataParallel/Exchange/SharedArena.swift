import MPI
import NeuralNet

/// The arenas of a host's ranks in shared memory: all parameters, and one copy of the slots.
final class SharedArena {
  private let local: Communicator
  private let window: SharedWindow<Float>
  /// Floats of a rank's parameters, and of a copy of the slots.
  private let blockLength: Int
  private let slots: Int
  /// This rank's parameters first, then the others' in cyclic order.
  let parameters: AlignedBuffer<UnsafeMutablePointer<Float>?>

  static let page = 1024

  /// Zeroed arenas of these lengths; collective over the ranks of one host.
  /// - Parameter touched: about the part of the slots that this rank will update.
  init(
    local: Communicator, parameters parameterCount: Int, slots: Int, touched: Range<Int>
  ) throws {
    self.local = local
    self.slots = slots
    blockLength = Self.rounded(parameterCount)
    let length = Self.length(ranks: local.size, parameters: parameterCount, slots: slots)
    // The rank that uses a page gets it into its NUMA domain, up to one page, since the window's
    // offset in its first page isn't known yet.
    let own = local.rank * blockLength
    let kept = (0..<slots).map { [blockLength] slot in
      let start = (local.size + slot) * blockLength
      return start + touched.lowerBound..<start + touched.upperBound
    }
    window = try SharedWindow(
      count: length, on: local,
      own: [own..<own + blockLength] + kept)
    let start = Self.aligned(window)
    parameters = AlignedBuffer(count: local.size)
    for rank in 0..<local.size {
      parameters.base[rank] = start + (local.rank + rank) % local.size * blockLength
    }
    try window.synchronise()
  }

  private static func rounded(_ count: Int) -> Int { (count + page - 1) / page * page }

  /// Floats of such arenas on a host.
  static func length(ranks: Int, parameters: Int, slots: Int) -> Int {
    (ranks + slots) * rounded(parameters) + page
  }

  /// The first whole page of a window with a page more than is needed. Windows start at the same offset in a
  /// page on all ranks.
  static func aligned(_ window: SharedWindow<Float>) -> UnsafeMutablePointer<Float> {
    let base = window.elements.baseAddress.unsafelyUnwrapped
    let misplaced = Int(bitPattern: base) / MemoryLayout<Float>.stride % page
    return base + (page - misplaced) % page
  }

  /// A window of so many floats behind `aligned`.
  static func window(_ floats: Int, on local: Communicator) throws -> SharedWindow<Float> {
    try SharedWindow(count: floats + page, on: local)
  }

  var memory: ParameterArena.Memory {
    let own = parameters.base[0].unsafelyUnwrapped
    let first = own + (local.size - local.rank) * blockLength
    return ParameterArena.Memory(
      parameters: own, slots: (0..<slots).map { first + $0 * blockLength }, owner: window)
  }

  /// Makes all earlier writes of the host's ranks visible to all of them; collective over the host.
  func synchronise() throws { try window.synchronise() }

  func free() throws { try window.free() }
}
