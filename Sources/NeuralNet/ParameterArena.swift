import Models

/// All parameters of a network in one buffer, with their gradients and the optimizer's slots in
/// further buffers of the same shape: one exchange, one optimizer pass, one checkpoint write, one
/// hash. The layers' untrained state is in one more.
public final class ParameterArena {
  /// A tensor's location in each of the buffers.
  public struct View: Hashable, Sendable {
    /// PyTorch's name: `conv1.weight`, `fc1.bias`, `act1.weight`.
    public let name: String
    /// The layer's description of it.
    public let spec: TensorSpec
    /// The first element's index.
    public let offset: Int
    /// The shape in memory. Filters are (filters, kernel, kernel, channels), dense weights
    /// (outputs, inputs).
    public var shape: [Int] { spec.shape }
    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The trained tensors, in order.
  public let views: [View]
  /// Those of them that have bounds.
  let boundedViews: [View]
  /// The untrained tensors, located in `state`.
  public let stateViews: [View]
  /// Parameters.
  public let parameters: AlignedBuffer<Float>
  /// The loss's gradient, followed by `tailCount` floats that are summed over ranks with it.
  public let gradientsWithTail: UnsafeMutableBufferPointer<Float>
  private let gradientBuffer: AlignedBuffer<Float>
  /// The optimizer's state for each parameter, in the order of `slotNames`.
  public let slots: [AlignedBuffer<Float>]
  /// The slots' names in checkpoints.
  public let slotNames: [String]
  /// The layers' untrained state, such as running means.
  public let state: AlignedBuffer<Float>
  /// The start of `parameters`, for steps on this replica alone.
  let ownParameters = AlignedBuffer<UnsafeMutablePointer<Float>?>(count: 1)

  /// Zeroed memory that other processes may share.
  public struct Memory {
    let parameters: UnsafeMutablePointer<Float>
    let slots: [UnsafeMutablePointer<Float>]
    let owner: AnyObject

    /// 64-byte aligned memory, each slot as long as the parameters; `owner` keeps it alive.
    public init(
      parameters: UnsafeMutablePointer<Float>, slots: [UnsafeMutablePointer<Float>],
      owner: AnyObject
    ) {
      self.parameters = parameters
      self.slots = slots
      self.owner = owner
    }
  }

  /// Provides an arena's memory: called once with the numbers of parameters and of slots.
  public typealias MemorySource = (_ parameters: Int, _ slots: Int) throws -> Memory

  package typealias Tensor = (name: String, spec: TensorSpec)

  /// Places the tensors one after another, each 64-byte aligned.
  package init(
    _ tensors: [Tensor], state: [Tensor] = [], slots slotNames: [String],
    memory: MemorySource? = nil
  ) rethrows {
    let offset: Int
    let stateCount: Int
    (views, offset) = Self.placed(tensors)
    boundedViews = views.filter { $0.spec.bounds != nil }
    (stateViews, stateCount) = Self.placed(state)
    self.state = AlignedBuffer(count: stateCount)
    self.slotNames = slotNames
    let count = offset
    gradientBuffer = AlignedBuffer(count: offset + Self.tailCount)
    if let memory = try memory?(offset, slotNames.count) {
      parameters = AlignedBuffer(memory.parameters, count: offset, owner: memory.owner)
      slots = memory.slots.map { AlignedBuffer($0, count: count, owner: memory.owner) }
    } else {
      parameters = AlignedBuffer(count: offset)
      slots = slotNames.map { _ in AlignedBuffer(count: count) }
    }
    gradientsWithTail = gradientBuffer.elements
    ownParameters.base[0] = parameters.base
  }

  private static func placed(_ tensors: [Tensor]) -> (views: [View], count: Int) {
    var views: [View] = []
    var offset = 0
    for tensor in tensors {
      let view = View(name: tensor.name, spec: tensor.spec, offset: offset)
      views.append(view)
      offset += (view.count + 15) / 16 * 16
    }
    return (views, offset)
  }

  /// The contents of a checkpoint: the parameters, the slots by name, and any state.
  package var kept: [(name: String, values: AlignedBuffer<Float>)] {
    [("parameters", parameters)] + zip(slotNames, slots).map { ($0, $1) }
      + (state.count > 0 ? [("state", state)] : [])
  }

  /// All tensors with their values, as in a state dictionary.
  package var tensors: [(view: View, values: UnsafeMutableBufferPointer<Float>)] {
    views.map { ($0, parameters(of: $0)) }
      + stateViews.map {
        ($0, UnsafeMutableBufferPointer(start: state.base + $0.offset, count: $0.count))
      }
  }

  /// Number of floats after the gradients.
  public static let tailCount = 16

  /// The loss's gradient with respect to the parameters, as long as `parameters`.
  public var gradients: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: gradientsWithTail[..<parameters.count])
  }

  /// The floats after the gradients.
  public var gradientTail: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: gradientsWithTail[parameters.count...])
  }

  /// Number of parameters, without padding.
  public var parameterCount: Int { views.reduce(0) { $0 + $1.count } }

  /// Returns the view of that name; traps if there is none.
  public func view(_ name: String) -> View {
    guard let view = views.first(where: { $0.name == name }) else {
      preconditionFailure("no tensor \(name) among \(views.map(\.name))")
    }
    return view
  }

  /// Returns a tensor's parameters.
  public func parameters(of view: View) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: parameters.base + view.offset, count: view.count)
  }

  /// Returns a tensor's gradient.
  public func gradients(of view: View) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: gradientBuffer.base + view.offset, count: view.count)
  }

  /// Returns a 64-bit hash of each tensor's bits, in the order of `tensors`, to compare replicas:
  /// equal values give equal hashes, and a changed bit changes its tensor's hash.
  public func hashes() -> [UInt64] {
    views.map { hash($0, parameters.base) } + stateViews.map { hash($0, state.base) }
  }

  /// Returns the view that contains an index of the buffers.
  public func view(at index: Int) -> View {
    guard let view = views.last(where: { $0.offset <= index }) else {
      preconditionFailure("no tensor at \(index)")
    }
    return view
  }

  /// Four lanes of multiply-and-rotate, mixed at the end, including the zero padding.
  private func hash(_ view: View, _ base: UnsafeMutablePointer<Float>) -> UInt64 {
    let count = (view.count + 15) / 16 * 2
    let words = UnsafeRawPointer(base + view.offset).bindMemory(
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
