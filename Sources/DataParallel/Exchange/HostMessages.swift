import MPI
import NeuralNet

/// What a team's hosts send each other in a step: each rank its samples' activations, gradients, losses and
/// sums to one rank of every other host, along the passes; then the parameters that it has updated.
///
/// Open MPI progresses messages only while it is called, so `advance` is called at every boundary between
/// kernels. No call blocks but `meet`, `settle` and `finish`.
///
/// A rank's own replica is overwritten by other hosts' parameters, and what was wrong there would be gone. So
/// each rank adds up the words of what it is about to receive, and compares with the sum that the owner had.
final class HostMessages {
  /// Values that this rank sends to one rank of every other host.
  private struct Outgoing {
    let buffer: AlignedBuffer<Float>
    let messages: [RepeatedMessage]
    var isSent = false

    mutating func send() throws {
      isSent = true
      for message in messages { try message.start() }
    }

    func isSettled() throws -> Bool {
      var all = true
      for message in messages where try !message.isFinished() { all = false }
      return all
    }
  }

  /// Values of another host's rank.
  private final class Incoming {
    let buffer: AlignedBuffer<Float>
    private let message: RepeatedMessage
    private var isUnderWay = false

    init(_ buffer: AlignedBuffer<Float>, _ message: RepeatedMessage) {
      self.buffer = buffer
      self.message = message
    }

    func start() throws {
      isUnderWay = true
      try message.start()
    }

    /// Whether it has just arrived; once.
    func hasArrived() throws -> Bool {
      guard isUnderWay, try message.isFinished() else { return false }
      isUnderWay = false
      return true
    }

    var isDone: Bool { !isUnderWay }
  }

  /// A rank of another host whose messages come here.
  private struct Sender {
    let place: Int
    let panels: [Incoming]
    let told: Incoming
    let sums: [Incoming]
    let ranges: [Incoming]
    let findings: Incoming
  }

  private let place: Int
  private let ranks: Int
  private let network: Network
  private let board: TeamBoard
  private let replicas: AlignedBuffer<UnsafeMutablePointer<Float>?>
  private let rankInGroup: Int
  private let shares: [TeamShare]
  private let isRemote: [Bool]
  private var senders: [Sender] = []
  private var panels: [Outgoing] = []
  private var told: Outgoing
  private var sums: [Outgoing] = []
  private var ranges: [Outgoing] = []
  private var findings: Outgoing
  /// Sums of the words of this rank's replica, by owner and range.
  private let words: AlignedBuffer<UInt32>
  /// The place of each owner's ranges among its sums of words: one for each tensor.
  private let wordPlaces: [[Int]]
  private let nodes: RankNodes
  private var batch = 0
  private var step = 0

  /// Tags from here on are free for other messages.
  static let firstFreeTag = 1 << 14

  /// - Parameters:
  ///   - order: the group's ranks by place; `hostOf` are their hosts, `shares` their parameters.
  ///   - replicas: this host's, this rank's own first.
  init(
    group: Communicator, order: [Int], place: Int, hostOf: [Int], network: Network,
    shares: [TeamShare], replicas: AlignedBuffer<UnsafeMutablePointer<Float>?>, board: TeamBoard
  ) throws {
    (self.place, self.network, self.board, self.replicas) = (place, network, board, replicas)
    (ranks, rankInGroup) = (order.count, group.rank)
    self.shares = shares
    isRemote = hostOf.map { $0 != hostOf[place] }
    words = AlignedBuffer(count: order.count * TeamBoard.sums)
    nodes = RankNodes(ranks: order.count)
    let views = network.arena.views
    wordPlaces = shares.map { share in
      share.ranges.map { range in
        (views.lastIndex { $0.offset <= range.lowerBound } ?? 0) % TeamBoard.sums
      }
    }
    let places = Dictionary(grouping: order.indices, by: { hostOf[$0] })
    func index(_ place: Int) -> Int { places[hostOf[place]]?.firstIndex(of: place) ?? 0 }
    /// The rank of a host that takes what another host's rank sends.
    func receiver(_ sender: Int, on host: Int) -> Int {
      let all = places[host] ?? []
      return all[index(sender) % all.count]
    }
    let receivers = places.keys.sorted().filter { $0 != hostOf[place] }.map {
      receiver(place, on: $0)
    }
    let exchanged = network.exchanged
    let share = Team.share(of: network.team?.batch ?? 0, rank: 0, ranks: order.count).count
    let slots = network.sumSlots
    // Tags: the panels', one for what is told, the sums', the findings', the parameters'.
    let (toldTag, sumsTag) = (exchanged.count, exchanged.count + 1)
    let (findingsTag, rangesTag) = (sumsTag + slots, sumsTag + slots + 1)
    let toldLength = 2 * share + 8
    let findingsLength = TeamBoard.findings + TeamBoard.sums
    func outgoing(_ buffer: AlignedBuffer<Float>, _ tag: Int) throws -> Outgoing {
      try Outgoing(
        buffer: buffer,
        messages: receivers.map {
          try group.repeatedSend(
            UnsafeBufferPointer(buffer.elements), to: order[$0], tag: tag, owner: buffer)
        })
    }
    func incoming(_ buffer: AlignedBuffer<Float>, from sender: Int, _ tag: Int) throws -> Incoming {
      Incoming(
        buffer,
        try group.repeatedReceive(
          into: buffer.elements, from: order[sender], tag: tag, owner: buffer))
    }
    func panelBuffer(_ panels: UnitPanels) -> AlignedBuffer<Float> {
      AlignedBuffer(count: panels.count * share * panels.panel)
    }
    /// A rank's sums as they lie in the host's memory, which are sent and received there.
    func sumBuffer(_ place: Int, _ slot: Int) -> AlignedBuffer<Float> {
      let all = network.sums(of: place)
      let length = all.count / slots
      return AlignedBuffer(
        all.baseAddress.unsafelyUnwrapped + slot * length, count: length, owner: network)
    }
    func rangeBuffer(_ range: Range<Int>) -> AlignedBuffer<Float> {
      AlignedBuffer(
        network.arena.parameters.base + range.lowerBound, count: range.count, owner: network)
    }
    told = try outgoing(AlignedBuffer(count: toldLength), toldTag)
    findings = try outgoing(AlignedBuffer(count: findingsLength), findingsTag)
    panels = try exchanged.enumerated().map { try outgoing(panelBuffer($1), $0) }
    let hasSums = !network.sums(of: place).isEmpty
    sums = try (0..<(hasSums ? slots : 0)).map { try outgoing(sumBuffer(place, $0), sumsTag + $0) }
    ranges = try shares[place].ranges.enumerated().map {
      try outgoing(rangeBuffer($1), rangesTag + $0)
    }
    let mine = hostOf[place]
    senders = try order.indices.filter { isRemote[$0] && receiver($0, on: mine) == place }.map {
      sender in
      Sender(
        place: sender,
        panels: try exchanged.enumerated().map { try incoming(panelBuffer($1), from: sender, $0) },
        told: try incoming(AlignedBuffer(count: toldLength), from: sender, toldTag),
        sums: try (0..<(hasSums ? slots : 0)).map {
          try incoming(sumBuffer(sender, $0), from: sender, sumsTag + $0)
        },
        ranges: try shares[sender].ranges.enumerated().map {
          try incoming(rangeBuffer($1), from: sender, rangesTag + $0)
        },
        findings: try incoming(AlignedBuffer(count: findingsLength), from: sender, findingsTag))
    }
  }

  private func share(_ place: Int) -> Range<Int> {
    Team.share(of: batch, rank: place, ranks: ranks)
  }

  /// The slots that a rank's sums are in.
  private func slots(_ place: Int) -> Int {
    nodes[batch][place].count
  }

  // MARK: - Along the passes

  /// Starts to receive what other hosts' ranks have of a batch.
  func begin(batch: Int) throws {
    self.batch = batch
    for index in panels.indices { panels[index].isSent = false }
    for sender in senders {
      try sender.told.start()
      if share(sender.place).isEmpty { continue }
      for panel in sender.panels { try panel.start() }
      for slot in sender.sums.prefix(slots(sender.place)) { try slot.start() }
    }
  }

  /// Sends the values of a number that are this rank's by now, if any, and progresses what is under way.
  func advance(filled: Int?) throws {
    if let filled {
      pack(filled)
      try panels[filled].send()
    }
    try advance()
    // A rank to which nobody sends has only this to call MPI.
    for panel in panels where panel.isSent { _ = try panel.isSettled() }
  }

  private func pack(_ number: Int) {
    let (from, own) = (network.exchanged[number], share(place))
    var to = panels[number].buffer.base
    for panel in 0..<from.count {
      let length = own.count * from.panel
      to.update(
        from: from.row(own.lowerBound) + panel * from.length * from.panel, count: length)
      to += length
    }
  }

  private func unpack(_ number: Int, _ buffer: AlignedBuffer<Float>, from sender: Int) {
    let (to, own) = (network.exchanged[number], share(sender))
    var from = buffer.base
    for panel in 0..<to.count {
      let length = own.count * to.panel
      (to.row(own.lowerBound) + panel * to.length * to.panel).update(from: from, count: length)
      from += length
    }
  }

  /// Progresses what is under way.
  /// - Returns: whether all has arrived.
  @discardableResult
  private func advance() throws -> Bool {
    var all = true
    for sender in senders {
      for (number, panel) in sender.panels.enumerated() {
        if try panel.hasArrived() { unpack(number, panel.buffer, from: sender.place) }
        all = all && panel.isDone
      }
      if try sender.told.hasArrived() { unpackTold(sender) }
      all = all && sender.told.isDone
      // The sums come last.
      guard sender.told.isDone else { continue }
      for slot in sender.sums {
        _ = try slot.hasArrived()
        all = all && slot.isDone
      }
    }
    return all
  }

  private func unpackTold(_ sender: Sender) {
    let own = share(sender.place)
    board.told(by: sender.place).update(from: sender.told.buffer.base, count: 8)
    UnsafeMutableRawPointer(network.lossesOfBatch + own.lowerBound).copyMemory(
      from: sender.told.buffer.base + 8, byteCount: own.count * MemoryLayout<Double>.stride)
  }

  /// Sends what is left of this rank's part, and waits for the other hosts'.
  func meet() throws {
    let own = share(place)
    if !own.isEmpty {
      for number in panels.indices where !panels[number].isSent {
        pack(number)
        try panels[number].send()
      }
    }
    told.buffer.base.update(from: board.told(by: place), count: 8)
    UnsafeMutableRawPointer(told.buffer.base + 8).copyMemory(
      from: network.lossesOfBatch + own.lowerBound,
      byteCount: own.count * MemoryLayout<Double>.stride)
    try told.send()
    for slot in sums.indices.prefix(slots(place)) { try sums[slot].send() }
    for owner in 0..<ranks where isRemote[owner] {
      addUpWords(of: owner)
      try advance()
    }
    var pause = SpinPause()
    while try !(advance() && isSettled()) { pause.rest() }
  }

  /// Waits until what this rank sent is its own again.
  func settle() throws {
    var pause = SpinPause()
    while try !isSettled() { pause.rest() }
  }

  private func isSettled() throws -> Bool {
    var all = try told.isSettled()
    if try !findings.isSettled() { all = false }
    for outgoing in panels where try !outgoing.isSettled() { all = false }
    for outgoing in sums where try !outgoing.isSettled() { all = false }
    for outgoing in ranges where try !outgoing.isSettled() { all = false }
    return all
  }

  // MARK: - Parameters

  /// Starts to receive a step's parameters, which no rank of this host reads any more.
  func beginParameters(step: Int) throws {
    self.step = step
    addUpWords(of: place)
    for sender in senders {
      for range in sender.ranges { try range.start() }
      try sender.findings.start()
    }
  }

  /// Sends a range of this rank's share, which has been updated.
  func isUpdated(_ range: Int) throws {
    try ranges[range].send()
    try advanceParameters()
  }

  @discardableResult
  private func advanceParameters() throws -> Bool {
    var all = true
    for sender in senders {
      // They come in order.
      for (number, incoming) in sender.ranges.enumerated() where !incoming.isDone {
        guard try incoming.hasArrived() else {
          all = false
          break
        }
        copy(shares[sender.place].ranges[number])
      }
      if try sender.findings.hasArrived() {
        board.findings(of: sender.place, step: step).update(
          from: sender.findings.buffer.base, count: sender.findings.buffer.count)
      }
      all = all && sender.findings.isDone
    }
    return all
  }

  /// Gives a range to the host's other replicas.
  private func copy(_ range: Range<Int>) {
    guard let own = replicas.base[0] else { return }
    for replica in 1..<max(1, replicas.count) {
      (replicas.base[replica].unsafelyUnwrapped + range.lowerBound).update(
        from: own + range.lowerBound, count: range.count)
    }
  }

  /// Tells what this rank found, and waits for all parameters.
  func finish() throws {
    let own = board.findings(of: place, step: step)
    withWords(own + TeamBoard.findings) {
      $0.update(from: words.base + place * TeamBoard.sums, count: TeamBoard.sums)
    }
    findings.buffer.base.update(from: own, count: findings.buffer.count)
    try findings.send()
    var pause = SpinPause()
    while try !advanceParameters() { pause.rest() }
    try settle()
  }

  // MARK: - Differences

  private func withWords(
    _ base: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<UInt32>) -> Void
  ) {
    base.withMemoryRebound(to: UInt32.self, capacity: TeamBoard.sums, body)
  }

  /// Adds up the words of this rank's replica in an owner's ranges, by tensor.
  private func addUpWords(of owner: Int) {
    let to = words.base + owner * TeamBoard.sums
    to.update(repeating: 0, count: TeamBoard.sums)
    for (place, range) in zip(wordPlaces[owner], shares[owner].ranges) {
      to[place] &+= Self.sum(
        network.arena.parameters.base + range.lowerBound, count: range.count)
    }
  }

  /// A changed bit changes it.
  private static func sum(_ values: UnsafeMutablePointer<Float>, count: Int) -> UInt32 {
    let words = UnsafeRawPointer(values)
    var lanes = SIMD16<UInt32>.zero
    let whole = count / 16
    for index in 0..<whole {
      lanes &+= words.loadUnaligned(fromByteOffset: 64 * index, as: SIMD16<UInt32>.self)
    }
    var sum = lanes.wrappedSum()
    for index in 16 * whole..<count {
      sum &+= words.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
    }
    return sum
  }

  /// Where this rank's replica differed from another host's in the step that has finished.
  func disagreement() -> Disagreement? {
    for owner in 0..<ranks where isRemote[owner] {
      let told = board.findings(of: owner, step: step) + TeamBoard.findings
      let own = words.base + owner * TeamBoard.sums
      var found: Int?
      withWords(told) { told in
        found = (0..<TeamBoard.sums).first { told[$0] != own[$0] }
      }
      if let found, let range = wordPlaces[owner].firstIndex(of: found) {
        return Disagreement(
          place: shares[owner].ranges[range].lowerBound, owner: owner, rank: rankInGroup, count: 1)
      }
    }
    return nil
  }
}
