import MPI

/// Runs probes one after another and agrees on the outcome of each among all ranks.
struct Harness {
  /// Seconds after which a rank that is still inside a probe ends the job.
  private static let probeSeconds = 120
  /// Seconds that a rank whose probe failed waits for the others, who may wait for it.
  private static let failureSeconds = 10

  /// What the ranks say to each other about a probe; no probe uses it.
  private let control: Communicator
  private let watchdog = Watchdog()
  private var passed = 0
  private var failed = 0

  init() throws { control = try Communicator.world.duplicate() }

  /// Runs every probe that has ranks enough; rank 0 prints an outcome for each and the count.
  ///
  /// - Returns: the exit status: 0, 1 where a probe failed, 64 where there was none to run.
  mutating func run(_ probes: [Probe]) throws -> Int32 {
    for probe in probes where probe.minimumRanks <= control.size {
      try run(probe)
    }
    watchdog.rest()
    if control.rank == 0 { say("\(passed) passed, \(failed) failed") }
    try control.free()
    if passed + failed == 0 { return 64 }
    return failed == 0 ? 0 : 1
  }

  private mutating func run(_ probe: Probe) throws {
    let place = "\(probe.name) np=\(control.size) rank=\(control.rank)"
    watchdog.expect(
      within: Self.probeSeconds,
      orElse: "FAILED \(place): rank \(control.rank) is stuck after \(Self.probeSeconds) seconds")
    let complaint = try complaint(of: probe)
    if let complaint {
      watchdog.expect(
        within: Self.failureSeconds,
        orElse: "FAILED \(place): \(complaint); the other ranks wait for rank \(control.rank)")
    }
    let complaints = try control.allreduce(Int32(complaint == nil ? 0 : 1), .sum)
    if complaints == 0 {
      passed += 1
      if control.rank == 0 { say("ok \(probe.name) np=\(control.size)") }
    } else {
      failed += 1
      try report(probe, complaint, complaints: Int(complaints))
    }
  }

  private func complaint(of probe: Probe) throws -> String? {
    let communicator = try Communicator.world.duplicate()
    do {
      try probe.body(communicator)
      try communicator.free()
      return nil
    } catch {
      // Messages may still be under way on the communicator, so it stays.
      return "\(error)"
    }
  }

  /// Rank 0 prints what the lowest rank that failed has to say, and how many others failed.
  private func report(_ probe: Probe, _ complaint: String?, complaints: Int) throws {
    if let complaint { try control.send(Array(complaint.utf8), to: 0, tag: 0) }
    guard control.rank == 0 else { return }
    var reasons: [Int: String] = [:]
    for _ in 0..<complaints {
      let message = try control.matchedProbe(source: nil, tag: 0)
      let source = message.source
      reasons[source] = String(decoding: try message.receive(as: UInt8.self), as: UTF8.self)
    }
    for (rank, reason) in reasons.sorted(by: { $0.key < $1.key }).prefix(1) {
      let others = complaints > 1 ? " (and \(complaints - 1) other ranks failed)" : ""
      say(
        "FAILED \(probe.name) np=\(control.size) rank=\(rank): on rank \(rank), \(reason)\(others)")
    }
  }
}
