import Cluster
import Health
import MPI
import NeuralNet

/// The exchange of a group on several hosts: through shared memory within a host, by one message
/// per chunk of the parameters between hosts.
///
/// The arena is cut into chunks, the last layers' first, in the order of the backward pass; the
/// chunks are distributed over the ranks of a host. A chunk's owner sums its host's gradients,
/// exchanges the sum with the same owner on the other hosts, and then takes the optimizer's step on
/// it for all replicas of its host. Each host's link thus carries 2(m − 1)/m of the gradients'
/// bytes each way, and the optimizer's work is shared within a host.
///
/// Chunks travel while the backward pass continues. Open MPI progresses messages only while it is
/// called, so `gradientsReady` calls it at every boundary between kernels.
///
/// Ranks in excess of the smallest host's own nothing and only compute.
final class HierarchicalUpdate: GradientUpdate {
  private let group: Communicator
  private let layout: HostLayout
  private let column: Communicator?
  private let arena: SharedArena
  private let board: HostProgress
  /// In the order in which they become ready and all owners send, receive and apply them.
  private var chunks: [HostChunk]
  /// Chunks that may be in reception at the same time.
  private let window: Int
  private let overlaps: Bool
  private let findings = AlignedBuffer<StepFindings>(count: 1)
  private let ranksOfHost: [Int64]
  private let parameterCount: Int

  private var sent = 0
  private var applied = 0
  private var step: OptimizerStep?
  private var network: Network?
  private var failure: (any Error)?
  private var difference: ReplicaDifference?

  /// Floats of a chunk between two hosts: long enough that the number of messages doesn't matter,
  /// short enough that the step on one overlaps with the transfer of the next.
  private static let chunkLength = 1 << 16
  private static let slotCount = 4

  /// An exchange for arenas of these lengths; collective over the group.
  /// - Parameter overlaps: whether chunks are sent during the backward pass.
  init(
    group: Communicator, layout: HostLayout, parameters: Int, gradients: Int, slots: Int,
    instructionSet: InstructionSet, overlaps: Bool
  ) throws {
    self.group = group
    self.layout = layout
    self.overlaps = overlaps
    parameterCount = parameters
    column = try layout.column(of: group)
    let local = layout.local
    ranksOfHost = try local.allgather([Int64(group.rank)])
    arena = try SharedArena(
      local: local, parameters: parameters, gradients: gradients, slots: slots,
      touched: Slices.range(rank: local.rank, ranks: local.size, count: parameters))
    board = try HostProgress(local: local, stages: parameters + 2)
    guard let column else {
      (chunks, window) = ([], 0)
      return
    }
    let ranges = Self.ranges(
      owner: local.rank, owners: layout.owners, count: parameters,
      length: Self.chunkLength * max(1, layout.hosts / 2))
    let tail = local.rank == 0 ? [parameters..<parameters + GradientTail.summed] : []
    let longest = ranges.map(\.count).max() ?? GradientTail.summed
    let receiving = try (0..<(layout.hosts == 2 ? Self.slotCount : 0)).map { _ in
      try ReceiveSlot(column, length: max(longest, GradientTail.summed))
    }
    chunks = try (ranges + tail).enumerated().map { [arena] number, range in
      try HostChunk(
        range, column: column, gradients: arena.gradients, tag: 2 * number,
        slot: receiving.isEmpty ? nil : receiving[number % receiving.count],
        instructionSet: instructionSet)
    }
    window = receiving.isEmpty ? chunks.count : min(receiving.count, chunks.count)
  }

  var memory: ParameterArena.Memory { arena.memory }

  /// Returns an owner's chunks, the last first.
  static func ranges(owner: Int, owners: Int, count: Int, length: Int) -> [Range<Int>] {
    stride(from: count, to: 0, by: -owners * length).compactMap { end in
      let start = max(0, end - owners * length)
      let part = Slices.range(rank: owner, ranks: owners, count: end - start)
      return part.isEmpty ? nil : start + part.lowerBound..<start + part.upperBound
    }
  }

  // MARK: - A step

  func begin(_ network: Network, _ step: OptimizerStep) throws {
    (self.network, self.step) = (network, step)
    (sent, applied) = (0, 0)
    for chunk in chunks[..<window] { try chunk.messages.post() }
  }

  private(set) lazy var gradientsReady: ((Int) -> Void)? =
    overlaps ? { [unowned self] in areReady(from: $0) } : nil

  /// The current step's number, 0 before the first.
  private var number: Int { step?.number ?? 0 }

  private func areReady(from place: Int) {
    board.publish(stage: parameterCount - place, step: number)
    // The backward pass can't throw; `apply` does, afterwards.
    do { if failure == nil { try advance() } } catch { failure = error }
  }

  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport
  {
    if let failure { throw failure }
    if number != step.number { try begin(network, step) }
    heartbeat.beat(.exchange, step: number)
    network.arena.gradientTail[GradientTail.difference] = difference == nil ? 0 : 1
    board.publish(stage: parameterCount + 1, step: number)
    var pause = SpinPause()
    while try !advance() { pause.rest() }
    while try !chunks.allSatisfy({ try $0.messages.isSettled() }) { pause.rest() }
    if let found = findings.base.pointee.difference { difference = wrong(found) }
    board.tell(findings.base.pointee.areGradientsFinite, step: number)
    heartbeat.beat(.agreement, step: number)
    // No rank may change gradients or read parameters before all are done.
    try arena.synchronise()
    let tail = network.arena.gradientTail
    board.readTotals(into: tail)
    return UpdateReport(
      areGradientsFinite: board.areGradientsFinite(step: number),
      difference: tail[GradientTail.difference] > 0 ? try agreedDifference() : nil)
  }

  /// Progresses the chunks.
  /// - Returns: whether all are done.
  @discardableResult
  private func advance() throws -> Bool {
    while sent < chunks.count, board.isReady(stage: stage(of: chunks[sent]), step: number) {
      try chunks[sent].send()
      sent += 1
    }
    while applied < sent, try chunks[applied].messages.advance() {
      apply(chunks[applied])
      if applied + window < chunks.count { try chunks[applied + window].messages.post() }
      applied += 1
    }
    // Pieces of later chunks that have arrived are summed and sent on.
    let posted = min(sent, applied + window)
    if applied + 1 < posted {
      for chunk in chunks[(applied + 1)..<posted] { _ = try chunk.messages.advance() }
    }
    return applied == chunks.count
  }

  private func stage(of chunk: HostChunk) -> Int {
    chunk.range.lowerBound < parameterCount
      ? parameterCount - chunk.range.lowerBound : parameterCount + 1
  }

  private func apply(_ chunk: HostChunk) {
    if chunk.range.lowerBound >= parameterCount { return board.total(chunk.messages.sources) }
    guard let network, let step else { preconditionFailure("an update before its step") }
    chunk.shifted.withUnsafeBufferPointer {
      network.apply(
        step, range: chunk.range, replicas: layout.local.size, sources: $0.count,
        parameters: arena.parameters.base, gradients: $0.baseAddress.unsafelyUnwrapped,
        findings: findings.base)
    }
  }

  // MARK: - Differences

  private func wrong(_ found: (place: Int, count: Int, replica: Int)) -> ReplicaDifference {
    let rank = ReplicaDifference.wrongRank(
      owner: layout.local.rank, count: found.count, replica: found.replica,
      ranks: layout.local.size)
    return ReplicaDifference(place: found.place, ranks: [Int(ranksOfHost[rank])])
  }

  func pendingDifference() throws -> ReplicaDifference? {
    let seen = try group.allreduce(Int64(difference == nil ? 0 : 1), .max)
    return seen > 0 ? try agreedDifference() : nil
  }

  /// Returns a rank's finding of the previous step, on all ranks; collective.
  private func agreedDifference() throws -> ReplicaDifference? {
    let own: [Int64] = difference.map { [Int64($0.place), Int64($0.ranks[0])] } ?? [-1, -1]
    let all: [Int64] = try group.allgather(own)
    guard let first = (0..<group.size).first(where: { all[2 * $0] >= 0 }) else { return nil }
    return ReplicaDifference(place: Int(all[2 * first]), ranks: [Int(all[2 * first + 1])])
  }

  // MARK: - State

  func shareState(_ network: Network) throws {
    try arena.synchronise()
    if layout.local.rank == 0, let column {
      for buffer in network.arena.slots { try column.broadcast(buffer.elements, root: 0) }
    }
    try group.broadcast(network.arena.parameters.elements, root: 0)
    try arena.synchronise()
  }

  /// For the own chunks: the host's gradients in, the sum out and in; parameter and slots in, slots
  /// and the host's parameters out.
  func bytes(_ network: Network) -> Double {
    let own = chunks.reduce(0) { $0 + $1.range.count }
    return Double(4 * (2 * layout.local.size + 3 + 2 * network.arena.slots.count) * own)
  }

  func free() throws {
    // Their requests must be freed before their communicator.
    chunks = []
    try arena.free()
    try board.free()
    try column?.free()
    try layout.local.free()
  }
}
