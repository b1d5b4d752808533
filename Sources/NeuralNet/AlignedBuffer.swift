/// Floats (or other plain values), 64-byte aligned, zeroed, freed with the buffer.
public final class AlignedBuffer<Element: BitwiseCopyable> {
  /// Number of elements.
  public let count: Int
  /// The first element.
  public let base: UnsafeMutablePointer<Element>
  private let owner: AnyObject?

  /// A zeroed buffer of `count` elements.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    base = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    owner = nil
  }

  /// Borrowed memory, as it is; `owner` keeps it alive.
  package init(_ base: UnsafeMutablePointer<Element>, count: Int, owner: AnyObject) {
    self.count = count
    self.base = base
    self.owner = owner
  }

  deinit { if owner == nil { UnsafeMutableRawPointer(base).deallocate() } }

  /// All elements.
  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
