import Health
import MPI
import Support

/// An error of one rank that all of them hear of.
private struct Wrong: ReportableError {
  let rank: Int
  var description: String { "rank \(rank) is wrong" }
  let exitCode = ExitCode.badData
}

/// One that can't say how the program leaves.
private struct Unexpected: Error {}

let agreementProbes = [
  Probe("agreement: what one rank throws all throw, and go on") { world in
    let job = try JobHealth(world, host: "here", give: { complain($0) }, orphaned: nil)
    try expectEqual(try job.agreeing { world.rank }, world.rank, "each rank's own value")
    for first in 0..<world.size {
      let error = try expectThrows(AgreedFailure.self, "from rank \(first) on") {
        try job.agreeing { if world.rank >= first { throw Wrong(rank: world.rank) } }
      }
      try expectEqual(error.description, "rank \(first) is wrong", "the first wrong rank's words")
      try expectEqual(error.exitCode, .badData, "its code")
    }
    let error = try expectThrows(AgreedFailure.self, "an error without a code") {
      try job.agreeing { if world.rank == world.size - 1 { throw Unexpected() } }
    }
    try expectEqual(error.exitCode, .bug, "the code of a bug")
    let word = try job.fromFirstRank { "made by \(world.rank)" }
    try expectEqual(word, "made by 0", "the first rank's value")
    try expectThrows(AgreedFailure.self, "the first rank's error") {
      try job.fromFirstRank { () throws -> String in throw Wrong(rank: world.rank) }
    }
    try job.close()
  }
]
