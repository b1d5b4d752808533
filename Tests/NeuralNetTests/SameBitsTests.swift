import GoldenNetworks
import NeuralNet
import Testing

/// Training gives the same bits on every instruction set and every machine, and for any number of ranks: after
/// some steps, the parameters' bits are those that are written down.
@Suite struct SameBitsTests {
  private static func fill(
    _ network: Network, _ samples: (features: [Float], labels: [UInt8]), _ share: Range<Int>
  ) {
    let width = network.spec.input.count
    for (row, sample) in share.enumerated() {
      for index in 0..<width {
        network.input.base[row * width + index] = samples.features[sample * width + index]
      }
      network.labels.base[row] = samples.labels[sample]
    }
  }

  /// With and without fused steps.
  private static func train(
    _ golden: GoldenNetwork, _ set: InstructionSet
  ) throws -> (network: Network, loss: Double) {
    let network = Network(
      try golden.spec(), capacity: golden.batch, seed: 3, optimizer: type(of: golden.optimizer),
      compute: Compute(set))
    var findings = StepFindings()
    var loss = 0.0
    for number in 1...GoldenNetwork.steps {
      let count = golden.count(step: number)
      fill(network, try golden.samples(step: number), 0..<count)
      network.forward(count: count, mode: .training(step: UInt32(number - 1), firstSlot: 0))
      let step = network.step(golden.optimizer, number: number)
      withUnsafeMutablePointer(to: &findings) { findings in
        let fused = number % 3 == 0 ? nil : FusedStep(step, findings: findings)
        loss = network.backward(count: count, globalBatch: count, fused: fused)
        for range in fused == nil ? [0..<network.arena.parameters.count] : network.unfusedRanges {
          network.apply(step, range: range, findings: findings)
        }
      }
    }
    return (network, loss)
  }

  @Test(arguments: GoldenNetwork.all)
  func everyInstructionSetGivesTheBits(_ golden: GoldenNetwork) throws {
    for set in InstructionSet.available {
      let (network, loss) = try Self.train(golden, set)
      let hash = GoldenNetwork.hash(network.arena)
      #expect(
        hash == golden.hash, "\(golden), \(set): 0x\(String(hash, radix: 16)), loss \(loss)")
      #expect(loss.isFinite && loss > 0)
    }
  }

  /// The ranks of a team, one after another in one process, over the memory that they share. Layers that
  /// couple samples need ranks at the same time, and are left to the tests with MPI.
  @Test(arguments: GoldenNetwork.all.filter(isInTurn), [2, 3, 4, 5, 8])
  func anyNumberOfRanksGivesTheBits(_ golden: GoldenNetwork, _ ranks: Int) throws {
    let spec = try golden.spec()
    var shared: AlignedBuffer<Float>?
    let networks = try (0..<ranks).map { rank in
      let share = Team.share(of: golden.batch, rank: 0, ranks: ranks)
      return try Network(
        spec, capacity: max(1, share.count), seed: 3, optimizer: type(of: golden.optimizer),
        team: Team(rank: rank, ranks: ranks, batch: golden.batch) { floats in
          shared = shared ?? AlignedBuffer(count: floats)
          return try #require(shared)
        })
    }
    // Ranks of other hosts have their own slots; those of one would share them, which their shares allow too.
    let replicas = networks.indices.map { rank in
      let pointers = AlignedBuffer<UnsafeMutablePointer<Float>?>(count: ranks)
      for other in 0..<ranks {
        pointers.base[other] = networks[(rank + other) % ranks].arena.parameters.base
      }
      return pointers
    }
    var owned = [Int](repeating: 0, count: networks[0].arena.parameters.count)
    for network in networks.indices.map({ networks[0].share(of: $0) }) {
      for range in network.ranges { for index in range { owned[index] += 1 } }
    }
    let parameters = networks[0].arena.views.flatMap { $0.offset..<$0.offset + $0.count }
    #expect(parameters.allSatisfy { owned[$0] == 1 } && owned.reduce(0, +) == parameters.count)
    var findings = StepFindings()
    var loss = 0.0
    for number in 1...GoldenNetwork.steps {
      let samples = try golden.samples(step: number)
      let count = golden.count(step: number)
      for (rank, network) in networks.enumerated() {
        let share = Team.share(of: count, rank: rank, ranks: ranks)
        Self.fill(network, samples, share)
        network.forward(
          count: share.count,
          mode: .training(step: UInt32(number - 1), firstSlot: UInt32(share.lowerBound)))
        _ = network.backward(count: share.count, globalBatch: count, fused: nil)
        network.publishLosses(count: share.count, firstSlot: share.lowerBound)
      }
      loss = networks[0].loss(ofBatch: count)
      for (rank, network) in networks.enumerated() {
        withUnsafeMutablePointer(to: &findings) {
          network.update(
            network.share(of: rank), network.step(golden.optimizer, number: number), batch: count,
            replicas: replicas[rank], findings: $0)
        }
      }
    }
    #expect(findings.areGradientsFinite && findings.difference == nil)
    for network in networks { #expect(GoldenNetwork.hash(network.arena) == golden.hash) }
    let alone = try Self.train(golden, .widest).loss
    #expect(loss == alone)
  }

  private static func isInTurn(_ golden: GoldenNetwork) -> Bool {
    let layers = (try? golden.spec().layers) ?? []
    return !layers.contains { if case .batchNorm = $0 { true } else { false } }
  }

  /// A replica that differs is found where its owner writes.
  @Test func aFlippedBitIsFoundInAFusedStep() throws {
    let golden = GoldenNetwork.all[0]
    let network = Network(try golden.spec(), capacity: golden.batch, seed: 3)
    let other = Network(try golden.spec(), capacity: golden.batch, seed: 3)
    let replicas = AlignedBuffer<UnsafeMutablePointer<Float>?>(count: 2)
    replicas.base[0] = network.arena.parameters.base
    replicas.base[1] = other.arena.parameters.base
    var findings = StepFindings()
    for (number, place) in [nil, 17, nil, 5000].enumerated() {
      if let place {
        let value = other.arena.parameters.base[place]
        other.arena.parameters.base[place] = Float(bitPattern: value.bitPattern ^ 1)
      }
      Self.fill(network, try golden.samples(step: 1), 0..<golden.batch)
      network.forward(
        count: golden.batch, mode: .training(step: UInt32(number), firstSlot: 0))
      _ = network.backward(count: golden.batch, globalBatch: golden.batch)
      findings = StepFindings()
      withUnsafeMutablePointer(to: &findings) {
        network.update(
          network.share(of: 0), network.step(Adam(), number: number + 1), batch: golden.batch,
          replicas: replicas, findings: $0)
      }
      #expect(findings.difference?.place == place)
      #expect(network.arena.hashes() == other.arena.hashes())
    }
  }
}

/// The tree along which shards are added up.
@Suite struct ShardTreeTests {
  /// Adds numbers up as strings, which show the order.
  private func sum(_ shards: Range<Int>, _ values: inout [String], _ tree: inout ShardTree) {
    for shard in shards {
      let slot = tree.nodes.count
      if slot == values.count { values.append("") }
      values[slot] = "\(shard)"
      tree.push(shard: shard) { values[$0] = "(\(values[$0]) \(values[$0 + 1]))" }
    }
  }

  @Test func theOrderIsABinaryTrees() {
    for (count, expected) in [
      (1, "0"), (2, "(0 1)"), (3, "((0 1) 2)"), (5, "(((0 1) (2 3)) 4)"),
      (7, "(((0 1) (2 3)) ((4 5) 6))"),
    ] {
      var (tree, values) = (ShardTree(), [String]())
      sum(0..<count, &values, &tree)
      tree.finish { values[$0] = "(\(values[$0]) \(values[$0 + 1]))" }
      #expect(values[0] == expected)
    }
  }

  @Test func anyCutIntoRanksGivesTheSameOrder() {
    for count in 1...40 {
      var (whole, expected) = (ShardTree(), [String]())
      sum(0..<count, &expected, &whole)
      whole.finish { expected[$0] = "(\(expected[$0]) \(expected[$0 + 1]))" }
      for ranks in 1...9 {
        var (tree, values) = (ShardTree(), [String](repeating: "", count: 40))
        for rank in 0..<ranks {
          let share = Team.share(of: count * ShardTree.samples - 1, rank: rank, ranks: ranks)
          let shards = ShardTree.shards(of: share)
          var (own, parts) = (ShardTree(), [String]())
          sum(shards, &parts, &own)
          #expect(own.nodes == ShardTree.nodes(of: shards))
          #expect(parts.count <= ShardTree.slots(shards: shards.count))
          for (slot, node) in own.nodes.enumerated() {
            values[tree.nodes.count] = parts[slot]
            tree.push(node) { values[$0] = "(\(values[$0]) \(values[$0 + 1]))" }
          }
        }
        tree.finish { values[$0] = "(\(values[$0]) \(values[$0 + 1]))" }
        #expect(values[0] == expected[0], "\(count) shards on \(ranks) ranks")
      }
    }
  }

  @Test func sharesAreWholeShardsAndCoverTheBatch() {
    for batch in [1, 3, 4, 13, 128, 131] {
      for ranks in [1, 2, 3, 7, 64] {
        let shares = (0..<ranks).map { Team.share(of: batch, rank: $0, ranks: ranks) }
        #expect(shares.flatMap { Array($0) } == Array(0..<batch))
        #expect(shares.allSatisfy { $0.isEmpty || $0.lowerBound % ShardTree.samples == 0 })
        #expect(shares.map(\.count).max() == shares[0].count)
      }
    }
  }
}
