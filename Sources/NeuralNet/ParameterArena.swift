/// All parameters of a network in one buffer, and their gradients and both Adam moments in three
/// more of the same shape: one exchange, one optimizer pass, one checkpoint write, one hash.
public final class ParameterArena {
  /// A tensor's place in each of the buffers.
  public struct View: Hashable, Sendable {
    /// PyTorch's name: `conv1.weight`, `fc1.bias`, `act1.weight`.
    public let name: String
    /// The shape in memory. Filters are (filters, kernel, kernel, channels), dense weights
    /// (outputs, inputs).
    public let shape: [Int]
    /// The first element's index.
    public let offset: Int
    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The tensors, in order.
  public let views: [View]
  /// Parameters.
  public let parameters: AlignedBuffer<Float>
  /// Gradient of the loss by the parameters, and behind them `tailCount` floats that travel with
  /// them when ranks add up their gradients.
  public let gradientsWithTail: UnsafeMutableBufferPointer<Float>
  private let gradientBuffer: AlignedBuffer<Float>
  /// Adam's running mean of the gradients.
  public let firstMoments: AlignedBuffer<Float>
  /// Adam's running mean of the squared gradients.
  public let secondMoments: AlignedBuffer<Float>

  /// Memory that other processes may see too, zeroed.
  public struct Memory {
    let parameters: UnsafeMutablePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    let firstMoments: UnsafeMutablePointer<Float>
    let secondMoments: UnsafeMutablePointer<Float>
    let owner: AnyObject

    /// As many floats each as were asked for, and as many of each moment as of parameters, all at
    /// 64-byte boundaries; `owner` keeps them alive.
    public init(
      parameters: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>,
      firstMoments: UnsafeMutablePointer<Float>, secondMoments: UnsafeMutablePointer<Float>,
      owner: AnyObject
    ) {
      self.parameters = parameters
      self.gradients = gradients
      self.firstMoments = firstMoments
      self.secondMoments = secondMoments
      self.owner = owner
    }
  }

  /// Hands out an arena's memory: called once with the numbers of floats.
  public typealias MemorySource = (_ parameters: Int, _ gradients: Int) throws -> Memory

  /// Places tensors one after another, each at a 64-byte boundary.
  init(_ tensors: [(name: String, shape: [Int])], memory: MemorySource?) rethrows {
    var views: [View] = []
    var offset = 0
    for tensor in tensors {
      let view = View(name: tensor.name, shape: tensor.shape, offset: offset)
      views.append(view)
      offset += (view.count + 15) / 16 * 16
    }
    self.views = views
    if let memory = try memory?(offset, offset + Self.tailCount) {
      parameters = AlignedBuffer(memory.parameters, count: offset, owner: memory.owner)
      gradientBuffer = AlignedBuffer(
        memory.gradients, count: offset + Self.tailCount, owner: memory.owner)
      firstMoments = AlignedBuffer(memory.firstMoments, count: offset, owner: memory.owner)
      secondMoments = AlignedBuffer(memory.secondMoments, count: offset, owner: memory.owner)
    } else {
      parameters = AlignedBuffer(count: offset)
      gradientBuffer = AlignedBuffer(count: offset + Self.tailCount)
      firstMoments = AlignedBuffer(count: offset)
      secondMoments = AlignedBuffer(count: offset)
    }
    gradientsWithTail = gradientBuffer.elements
  }

  /// Floats behind the gradients.
  public static let tailCount = 16

  /// Gradient of the loss by the parameters: as long as `parameters`.
  public var gradients: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: gradientsWithTail[..<parameters.count])
  }

  /// The floats behind the gradients.
  public var gradientTail: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: gradientsWithTail[parameters.count...])
  }

  /// Number of parameters, without the gaps between tensors.
  public var parameterCount: Int { views.reduce(0) { $0 + $1.count } }

  /// The view of that name; traps if there is none.
  public func view(_ name: String) -> View {
    guard let view = views.first(where: { $0.name == name }) else {
      preconditionFailure("no tensor \(name) among \(views.map(\.name))")
    }
    return view
  }

  /// A tensor's parameters.
  public func parameters(of view: View) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: parameters.base + view.offset, count: view.count)
  }

  /// A tensor's gradient.
  public func gradients(of view: View) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: gradientBuffer.base + view.offset, count: view.count)
  }

  /// A 64-bit hash of each tensor's bits, in the order of `views`, to compare replicas: equal
  /// parameters give equal hashes, and a changed bit changes its tensor's.
  public func hashes() -> [UInt64] { views.map(hash) }

  /// The view that holds an index of the buffers.
  public func view(at index: Int) -> View {
    guard let view = views.last(where: { $0.offset <= index }) else {
      preconditionFailure("no tensor at \(index)")
    }
    return view
  }

  /// Four lanes of multiply-and-rotate, mixed at the end. The gap behind a tensor, which is zero,
  /// counts too.
  private func hash(_ view: View) -> UInt64 {
    let count = (view.count + 15) / 16 * 2
    let words = UnsafeRawPointer(parameters.base + view.offset).bindMemory(
      to: SIMD4<UInt64>.self, capacity: count)
    var state = SIMD4<UInt64>(
      0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5)
    for i in 0..<count {
      state = (state ^ words[i]) &* 0x9FB2_1C65_1E98_DF25
      state = (state &<< 29) | (state &>> 35)
    }
    return (0..<4).reduce(UInt64(view.count)) { hash, lane in
      let mixed = (hash ^ state[lane]) &* 0xFF51_AFD7_ED55_8CCD
      return mixed ^ (mixed >> 32)
    }
  }
}
