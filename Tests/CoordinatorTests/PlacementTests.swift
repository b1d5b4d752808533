import Cluster
import Coordinator
import Testing

@Suite struct PlacementTests {
  private func groups(_ hosts: [Int], _ size: Int) -> [[Int]] {
    let order = Placement.order(hosts: hosts, ranksPerTrial: size)
    return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<$0 + size]) }
  }

  @Test func ranksThatAreDealtOutInTurnStillShareAHost() {
    #expect(groups([0, 1, 0, 1], 2) == [[0, 2], [1, 3]])
    #expect(groups([0, 1, 2, 0, 1, 2], 2) == [[0, 3], [1, 4], [2, 5]])
  }

  @Test func whatIsLeftOfTheHostsFormsTheOtherGroups() {
    let hosts = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    #expect(groups(hosts, 3) == [[0, 1, 2], [4, 5, 6], [8, 9, 10], [3, 7, 11]])
    #expect(
      Placement.spanning(
        Placement.order(hosts: hosts, ranksPerTrial: 3), hosts: hosts, ranksPerTrial: 3) == 1)
  }

  /// Every rank once, the first one first, and never more groups across hosts than must be.
  @Test func everyRankHasAPlace() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let size = Int.random(in: 1...4, using: &random)
      let count = size * Int.random(in: 1...6, using: &random)
      let hosts = (0..<count).map { _ in Int.random(in: 0..<4, using: &random) }
      let order = Placement.order(hosts: hosts, ranksPerTrial: size)
      #expect(order.sorted() == Array(0..<count) && order.first == 0, "\(hosts) \(size)")
      let whole = Dictionary(grouping: hosts, by: { $0 }).values.reduce(0) { $0 + $1.count / size }
      #expect(
        Placement.spanning(order, hosts: hosts, ranksPerTrial: size) <= count / size - whole,
        "\(hosts) \(size)")
    }
  }
}
