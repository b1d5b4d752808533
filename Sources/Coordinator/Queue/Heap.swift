/// A binary heap, whose first element is at hand.
struct Heap<Element> {
  private(set) var elements: [Element]
  private let precedes: (Element, Element) -> Bool

  init(_ elements: [Element] = [], by precedes: @escaping (Element, Element) -> Bool) {
    self.elements = elements.sorted(by: precedes)
    self.precedes = precedes
  }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, precedes(elements[child], elements[(child - 1) / 2]) {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Removes the first element.
  mutating func pop() -> Element? {
    guard let first = elements.first, let last = elements.popLast() else { return nil }
    if elements.isEmpty { return first }
    elements[0] = last
    var parent = 0
    while true {
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      guard left < elements.count else { return first }
      let isRight = right < elements.count && precedes(elements[right], elements[left])
      let child = isRight ? right : left
      guard precedes(elements[child], elements[parent]) else { return first }
      elements.swapAt(child, parent)
      parent = child
    }
  }
}
