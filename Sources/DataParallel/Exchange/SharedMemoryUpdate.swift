import Health
import MPI
import NeuralNet

/// The exchange of a group on one host: every rank's parameters and gradients are in shared memory.
/// Each rank reads one slice of all gradients and writes the new parameters to all replicas: two
/// barriers a step, no copies in between, and 1/n of the optimizer's work and memory traffic on
/// each rank. The optimizer's slots exist once; each rank updates its slice.
///
/// Before a parameter is written its values in all replicas are compared: a corrupted replica is
/// detected in the next step, wherever it is.
final class SharedMemoryUpdate: GradientUpdate {
  private let group: Communicator
  private let arena: SharedArena
  private let findings = AlignedBuffer<StepFindings>(count: 1)

  private var parameters: AlignedBuffer<UnsafeMutablePointer<Float>?> { arena.parameters }
  private var gradients: AlignedBuffer<UnsafePointer<Float>?> { arena.gradients }

  /// An exchange for arenas of these lengths; collective over the ranks of one host.
  init(group: Communicator, parameters: Int, gradients: Int, slots: Int) throws {
    self.group = group
    arena = try SharedArena(
      local: group, parameters: parameters, gradients: gradients, slots: slots,
      touched: Slices.range(rank: group.rank, ranks: group.size, count: parameters))
  }

  var memory: ParameterArena.Memory { arena.memory }

  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport
  {
    heartbeat.beat(.exchange, step: step.number)
    try arena.synchronise()
    heartbeat.beat(.update, step: step.number)
    let slice = Slices.range(
      rank: group.rank, ranks: group.size, count: network.arena.parameters.count)
    network.apply(
      step, range: slice, replicas: group.size, sources: group.size, parameters: parameters.base,
      gradients: gradients.base, findings: findings.base)
    let sums = tailSums(network)
    tell(findings.base.pointee, network, step: step.number)
    heartbeat.beat(.agreement, step: step.number)
    // No rank may change gradients or read parameters before all are done.
    try arena.synchronise()
    for index in 0..<GradientTail.summed { network.arena.gradientTail[index] = sums[index] }
    return report(network, step: step.number)
  }

  func shareState(_ network: Network) throws {
    // The slots are shared already; only the parameters are copied.
    try arena.synchronise()
    let count = network.arena.parameters.count
    if group.rank > 0, let first = parameters.base[group.size - group.rank] {
      network.arena.parameters.base.update(from: first, count: count)
    }
    try arena.synchronise()
  }

  // MARK: - Findings

  /// The offset of a rank's findings in a step. Two alternating places: a slow rank may still read
  /// the previous step's, but none is two steps ahead.
  private func findingsPlace(_ network: Network, step: Int) -> Int {
    network.arena.parameters.count + GradientTail.findings + step % 2 * GradientTail.findingsLength
  }

  private func tell(_ found: StepFindings, _ network: Network, step: Int) {
    let place =
      network.arena.gradientsWithTail.baseAddress.unsafelyUnwrapped
      + findingsPlace(network, step: step)
    place[0] = found.areGradientsFinite ? 0 : 1
    place[1] = Float(found.difference?.count ?? 0)
    place[2] = Float(found.difference?.replica ?? 0)
    place[3] = Float(bitPattern: UInt32(found.difference?.place ?? 0))
  }

  private func report(_ network: Network, step: Int) -> UpdateReport {
    var report = UpdateReport(areGradientsFinite: true)
    let offset = findingsPlace(network, step: step)
    for rank in 0..<group.size {
      let found = gradients.base[rank].unsafelyUnwrapped + offset
      if found[0] != 0 { report.areGradientsFinite = false }
      guard found[1] > 0, report.difference == nil else { continue }
      report.difference = ReplicaDifference(
        place: Int(found[3].bitPattern),
        ranks: [
          ReplicaDifference.wrongRank(
            owner: rank, count: Int(found[1]), replica: Int(found[2]), ranks: group.size)
        ])
    }
    return report
  }

  /// For the own slice: parameter, slots and all gradients in; slots and all parameters out.
  func bytes(_ network: Network) -> Double {
    let slice = Slices.range(
      rank: group.rank, ranks: group.size, count: network.arena.parameters.count)
    return Double(4 * (1 + 2 * network.arena.slots.count + 2 * group.size) * slice.count)
  }

  private func tailSums(_ network: Network) -> SIMD8<Float> {
    let offset = network.arena.parameters.count
    var sums = SIMD8<Float>.zero
    for rank in 0..<group.size {
      let tail = gradients.base[rank].unsafelyUnwrapped + offset
      for index in 0..<GradientTail.summed { sums[index] += tail[index] }
    }
    return sums
  }

  func free() throws { try arena.free() }
}

/// The division of the parameters among a group's ranks.
enum Slices {
  /// Returns a rank's slice; all but the last have the same length, a multiple of 16.
  static func range(rank: Int, ranks: Int, count: Int) -> Range<Int> {
    let length = length(ranks: ranks, count: count)
    return min(count, rank * length)..<min(count, (rank + 1) * length)
  }

  static func length(ranks: Int, count: Int) -> Int {
    ((count + ranks - 1) / ranks + 15) / 16 * 16
  }
}
