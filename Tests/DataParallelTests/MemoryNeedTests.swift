import DataParallel
import Experiments
import Models
import Testing

@Suite struct MemoryNeedTests {
  /// A network of 10 inputs, 4 hidden units and one output: 49 parameters, 15 values a sample.
  private func cost() throws -> ModelCost {
    try #require(
      ModelCost(
        architecture: ArchitectureSpec(kind: .ffnn, hidden: [4]),
        activation: ActivationSpec(name: "relu"), input: ImageShape(height: 1, width: 10),
        classes: 2))
  }

  @Test func parametersFourTimesAndABatch() throws {
    // Parameters, gradients and two moments, of four bytes each; a batch of 8.
    #expect(MemoryNeed.bytes(try cost(), slots: 2, batch: 8, ranks: 1) == 4.0 * (4 * 49 + 8 * 15))
    // Two ranks share the moments and the batch.
    #expect(MemoryNeed.bytes(try cost(), slots: 2, batch: 7, ranks: 2) == 4.0 * (3 * 49 + 4 * 15))
  }

  @Test func whatNoMachineHasIsRefused() throws {
    try MemoryNeed.check(1e6, of: "a trial", ranksHere: 2)
    let error = #expect(throws: MemoryNeed.Shortage.self) {
      try MemoryNeed.check(1e18, of: "a trial", ranksHere: 1)
    }
    #expect(error?.exitCode == .environment)
    #expect(
      error?.description.hasPrefix("a trial needs at least 1000000000.0 GB of memory") == true)
    let several = #expect(throws: MemoryNeed.Shortage.self) {
      try MemoryNeed.check(1e15, of: "a trial", ranksHere: 3)
    }
    #expect(several?.needed == 3e15)
    #expect(several?.description.hasPrefix("a trial on 3 ranks needs") == true)
  }
}
