import Foundation
import MPI

let usage = """
  usage: multirank list               every probe, and the ranks it needs
         multirank run [PATTERN...]   under mpirun: the probes whose names hold a pattern, or all;
                                      and none whose names hold what follows a minus: -threads
         multirank must-fail          under mpirun: a probe that one rank must fail
         multirank must-abort         under mpirun: a rank that ends the job while the others wait
         multirank must-abort-with-messages
                                      under mpirun: an error while messages are under way
         multirank must-stall-loop, must-stall-collective, must-stall-spin
                                      under mpirun: a rank that never comes back
         multirank must-stall-loading, must-stall-broadcast, must-stall-closing, must-stall-finalize
                                      under mpirun: a rank that is stuck at the start or the end
         multirank must-lose-local     under mpirun: ranks of another local that are silent
         multirank small-memory       under mpirun, where /dev/shm is small: what doesn't fit is said
         multirank slow-disk          under mpirun: a coordinator that waits long for its disk
  """

/// Brings MPI up, does the work, brings MPI down; an error ends the whole job.
func withMPI(_ work: () throws -> Int32) -> Never {
  do {
    try MPIRuntime.initialize(requiring: .multiple)
  } catch {
    complain("\(error)")
    exit(69)
  }
  do {
    let status = try work()
    try MPIRuntime.finalize()
    exit(status)
  } catch {
    endJob("rank \(Communicator.world.rank) of \(Communicator.world.size): \(error)")
  }
}

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "list":
  for probe in allProbes { say("\(probe.name) (ranks: \(probe.minimumRanks) or more)") }
case "run":
  let patterns = arguments.dropFirst().filter { !$0.hasPrefix("-") }
  let excluded = arguments.dropFirst().filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
  let chosen = allProbes.filter { probe in
    (patterns.isEmpty || patterns.contains { probe.name.contains($0) })
      && !excluded.contains { probe.name.contains($0) }
  }
  withMPI {
    var harness = try Harness()
    return try harness.run(chosen)
  }
case "must-fail":
  withMPI {
    var harness = try Harness()
    return try harness.run([mustFail])
  }
case "must-abort":
  withMPI { try mustAbort(Communicator.world) }
case "must-abort-with-messages":
  withMPI { try mustAbortWithMessages(Communicator.world) }
case "must-stall-loop":
  withMPI { try mustStall(.loop, Communicator.world) }
case "must-stall-collective":
  withMPI { try mustStall(.collective, Communicator.world) }
case "must-stall-spin":
  withMPI { try mustStall(.spin, Communicator.world) }
case "must-stall-loading":
  withMPI { try mustStall(at: .loading, Communicator.world) }
case "must-stall-broadcast":
  withMPI { try mustStall(at: .broadcast, Communicator.world) }
case "must-stall-closing":
  withMPI { try mustStall(at: .closing, Communicator.world) }
case "must-stall-finalize":
  withMPI { try mustStall(at: .finalize, Communicator.world) }
case "must-lose-host":
  withMPI { try mustLoseHost(Communicator.world) }
case "small-memory":
  withMPI { try smallMemory(Communicator.world) }
case "slow-disk":
  withMPI { try slowDisk(Communicator.world) }
default:
  complain(usage)
  exit(64)
}
