import MPI
import NeuralNet

/// The arenas of a host's ranks in shared memory: all parameters and gradients, one copy of the
/// slots.
final class SharedArena {
  private let local: Communicator
  private let window: SharedWindow<Float>
  /// Floats of a rank's block, and of its parameters.
  private let blockLength: Int
  private let parameterLength: Int
  private let slots: Int
  /// This rank's parameters first, then the others' in cyclic order.
  let parameters: AlignedBuffer<UnsafeMutablePointer<Float>?>
  /// By rank.
  let gradients: AlignedBuffer<UnsafePointer<Float>?>

  private static let page = 1024

  /// Zeroed arenas of these lengths; collective over the ranks of one host.
  /// - Parameter touched: the part of the slots that this rank will update.
  init(
    local: Communicator, parameters parameterCount: Int, gradients gradientCount: Int, slots: Int,
    touched: Range<Int>
  ) throws {
    self.local = local
    self.slots = slots
    parameterLength = Self.rounded(parameterCount)
    blockLength = parameterLength + Self.rounded(gradientCount)
    let length = Self.length(
      ranks: local.size, parameters: parameterCount, gradients: gradientCount, slots: slots)
    // The rank that uses a page gets it into its NUMA domain, up to one page, since the window's
    // offset in its first page isn't known yet.
    let own = local.rank * blockLength
    let kept = (0..<slots).map { [parameterLength, blockLength] slot in
      let start = local.size * blockLength + slot * parameterLength
      return start + touched.lowerBound..<start + touched.upperBound
    }
    window = try SharedWindow(
      count: length, on: local,
      own: [own..<own + blockLength] + kept)
    let base = window.elements.baseAddress.unsafelyUnwrapped
    // The window starts at the same page offset on all ranks.
    let misplaced = Int(bitPattern: base) / MemoryLayout<Float>.stride % Self.page
    let start = base + (Self.page - misplaced) % Self.page
    parameters = AlignedBuffer(count: local.size)
    gradients = AlignedBuffer(count: local.size)
    for rank in 0..<local.size {
      parameters.base[rank] = start + (local.rank + rank) % local.size * blockLength
      gradients.base[rank] = UnsafePointer(start + rank * blockLength + parameterLength)
    }
    try window.synchronise()
  }

  private static func rounded(_ count: Int) -> Int { (count + page - 1) / page * page }

  /// Floats of such arenas on a host.
  static func length(ranks: Int, parameters: Int, gradients: Int, slots: Int) -> Int {
    ranks * (rounded(parameters) + rounded(gradients)) + slots * rounded(parameters) + page
  }

  var memory: ParameterArena.Memory {
    let own = parameters.base[0].unsafelyUnwrapped
    let first = own + (local.size - local.rank) * blockLength
    return ParameterArena.Memory(
      parameters: own, gradients: own + parameterLength,
      slots: (0..<slots).map { first + $0 * parameterLength }, owner: window)
  }

  /// Makes all earlier writes of the host's ranks visible to all of them; collective over the host.
  func synchronise() throws { try window.synchronise() }

  func free() throws { try window.free() }
}
