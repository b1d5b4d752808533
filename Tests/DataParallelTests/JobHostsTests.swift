import Cluster
import DataParallel
import Health
import NeuralNet
import Support
import Testing

/// A job as its ranks describe it: `a` and `b` are hosts.
@Suite struct JobHostsTests {
  private func hosts(
    _ hosts: [String], sets: [String: InstructionSet] = [:], rank: Int = 0, ranksPerTrial: Int = 1
  ) -> JobHosts {
    let cards = hosts.enumerated().map { rank, host in
      HostCard(
        rank: rank, hostNumber: hosts.firstIndex(of: host) ?? 0, host: host, version: "1",
        build: "b",
        byteOrder: "little", instructionSet: (sets[host] ?? .avx2).rawValue, study: "s")
    }
    return JobHosts(cards, rank: rank, ranksPerTrial: ranksPerTrial)
  }

  @Test func oneHostHasNothingToSay() {
    let job = hosts(["a", "a", "a"], rank: 2)
    #expect(job.count == 1 && job.ranksHere == 3 && job.ranksPerHost == 3)
    #expect(job.names == ["a", "a", "a"])
    #expect(job.instructionSet == .avx2)
    #expect(job.notes.isEmpty)
  }

  @Test func ranksAreCountedByHost() {
    let all = ["a", "b", "a", "a"]
    for rank in all.indices {
      let job = hosts(all, rank: rank)
      #expect(job.count == 2)
      #expect(job.ranksHere == (all[rank] == "a" ? 3 : 1))
      #expect(job.ranksPerHost == 1)
    }
    // Groups of one host first; what is left of both is a group too.
    let pairs = hosts(all, ranksPerTrial: 2)
    #expect(pairs.order == [0, 2, 1, 3] || pairs.order == [0, 2, 3, 1])
    #expect(pairs.names[...1] == ["a", "a"])
    #expect(pairs.notes.count == 1)
    #expect(pairs.notes.first?.hasPrefix("1 of 2 groups has ranks on several hosts") == true)
  }

  @Test func differentProcessorsAreTold() {
    let job = hosts(["a", "b"], sets: ["a": .avx2, "b": .portable])
    #expect(job.instructionSet == .portable)
    #expect(job.notes.count == 1)
    #expect(job.notes.first?.contains("avx2 on a; portable on b") == true)
  }

  private struct Wrong: ReportableError {
    let description = "wrong"
    let exitCode = ExitCode.badData
  }

  @Test func anErrorOfOneOfSeveralHostsNamesIt() {
    #expect(throws: Wrong.self) { try hosts(["a", "a"]).here { throw Wrong() } }
    let error = #expect(throws: AgreedFailure.self) {
      try hosts(["a", "b"]).here { throw Wrong() }
    }
    #expect(error?.description == "on \(HostName.own): wrong")
    #expect(error?.exitCode == .badData)
  }
}
