import MPI

/// A sum of ranks whose closed form is wrong on the last one, on purpose.
let mustFail = Probe("must fail on the last rank") { communicator in
  let sum = try communicator.allreduce(Int64(communicator.rank), .sum)
  let size = Int64(communicator.size)
  let mistake: Int64 = communicator.rank == communicator.size - 1 ? 1 : 0
  try expectEqual(sum, size * (size - 1) / 2 + mistake, "sum of the ranks")
}

/// The last rank throws where the others wait for it for ever.
func mustAbort(_ communicator: Communicator) throws -> Int32 {
  if communicator.rank == communicator.size - 1 {
    throw ProbeFailure("thrown on purpose while the other ranks are in a barrier")
  }
  try communicator.barrier()
  return 0
}
