import Cluster
import DataParallel
import Experiments
import NeuralNet
import Testing

@Suite struct HostCardTests {
  private func card(
    _ rank: Int, _ host: String, build: String = "b1", version: String = "1.0",
    byteOrder: String = "little", set: String = "avx2",
    study: String = "s1"
  ) -> HostCard {
    HostCard(
      rank: rank, hostNumber: rank, host: host, version: version, build: build,
      byteOrder: byteOrder,
      instructionSet: set, study: study)
  }

  @Test func aDifferenceNamesItsHost() throws {
    try UnequalHosts.check([card(0, "alpha"), card(1, "beta")])
    for other in [
      card(1, "beta", build: "b2"), card(1, "beta", version: "0.9"),
      card(1, "beta", byteOrder: "big"), card(1, "beta", study: "s2"),
    ] {
      let error = #expect(throws: UnequalHosts.self) {
        try UnequalHosts.check([card(0, "alpha"), other])
      }
      #expect(error?.description.contains("beta (rank 1) has") == true)
      #expect(error?.exitCode == .environment)
    }
  }

  @Test func allComputeWithWhatAllHave() {
    #expect(
      InstructionSet.common([card(0, "a", set: "avx512"), card(1, "b")].map(\.instructionSet))
        == .avx2)
    #expect(
      InstructionSet.common(
        [card(0, "a", set: "avx512"), card(1, "b", set: "avx512")].map(\.instructionSet)) == .avx512
    )
    #expect(
      InstructionSet.common([card(0, "a"), card(1, "b", set: "portable")].map(\.instructionSet))
        == .portable)
  }

  @Test func otherDataNamesItsHost() throws {
    try UnequalData.check("own", [("alpha", 1), ("alpha", 1), ("beta", 1)])
    let error = #expect(throws: UnequalData.self) {
      try UnequalData.check("own", [("alpha", 1), ("beta", 2)])
    }
    #expect(error?.description.contains("beta has other values than alpha") == true)
    #expect(error?.exitCode == .badData)
  }
}
