/// Hands out places in the arena while the layers are planned.
struct TensorPlaces {
  private(set) var tensors: [(name: String, shape: [Int])] = []
  private var next = 0

  /// The offset of a new tensor. Each starts at a 64-byte boundary.
  mutating func add(_ name: String, _ shape: [Int]) -> Int {
    defer { next += (shape.reduce(1, *) + 15) / 16 * 16 }
    tensors.append((name, shape))
    return next
  }

  /// The offset of the first of some tensors, nil for none.
  mutating func add(_ tensors: [(name: String, shape: [Int])]) -> Int? {
    tensors.map { add($0.name, $0.shape) }.first
  }
}
