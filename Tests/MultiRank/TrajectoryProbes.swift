import DataParallel
import Experiments
import MPI
import NeuralNet

/// Batches, samples of an epoch: even and odd shares, short last batches, fewer samples than ranks.
private let plans = [(batch: 128, count: 434), (batch: 37, count: 264), (batch: 3, count: 100)]

let trajectoryProbes =
  ProbeNetwork.allCases.flatMap { network in
    plans.map { plan in
      Probe("training: \(network), batch \(plan.batch): 50 steps lose what one rank's lose") {
        for exchange in try ProbeExchange.all($0) {
          try checkTrajectory(
            network, batch: plan.batch, count: plan.count, exchange: exchange, on: $0)
        }
      }
    }
  } + [
    Probe("training: with SGD and momentum 50 steps lose what one rank's lose") {
      for exchange in try ProbeExchange.all($0) {
        try checkTrajectory(
          .ffnn, batch: 37, count: 264, exchange: exchange,
          optimizer: SGD(learningRate: 0.05, momentum: 0.9, nesterov: true), on: $0)
      }
    },
    Probe("training: the exchanged gradient is that of the whole batch on one rank") { group in
      for network in ProbeNetwork.allCases {
        for batch in [1, 5, 37, 64] { try checkGradient(network, batch: batch, on: group) }
      }
    },
    Probe("training: a network of many chunks loses what one rank's loses", minimumRanks: 2) {
      for exchange in try ProbeExchange.all($0) { try checkManyChunks(exchange, on: $0) }
    },
    Probe("training: the same trial twice gives the same bits, another seed others") {
      for exchange in try ProbeExchange.all($0) { try checkBits(exchange, on: $0) }
    },
    Probe("training: the first rank's weights replace those of the others") {
      try checkBroadcast(on: $0)
    },
  ]

/// Every rank also trains alone, so that no rank takes another's word for what is right.
private func checkTrajectory(
  _ network: ProbeNetwork, batch: Int, count: Int, exchange: ProbeExchange,
  optimizer: any Optimizer = Adam(), on group: Communicator
) throws {
  let images = SyntheticImages(count: count, shape: ProbeNetwork.shape, classes: 10)
  var alone = try Trajectory(
    network.spec(), images: images, batch: batch, group: Communicator.selfOnly,
    optimizer: optimizer)
  var together = try Trajectory(
    network.spec(), images: images, batch: batch, group: group, exchange: exchange,
    optimizer: optimizer)
  var first: Float = 0
  var last: Float = 0
  for step in 0..<50 {
    let expected = try alone.advance()
    let found = try together.advance()
    let difference = abs(found.loss - expected.loss)
    // One allreduce adds up in an order of its own; a sample between two classes may go either way.
    let isExact = exchange.exchange == .sharded
    try expect(
      difference <= (isExact ? 0 : 1e-4 * abs(expected.loss)),
      "\(exchange), step \(step): loss \(found.loss), on one rank \(expected.loss)")
    try expect(
      abs(found.correct - expected.correct) <= (isExact ? 0 : 1),
      "\(exchange), step \(step): \(found.correct) correct, on one rank \(expected.correct)")
    if step == 0 { first = expected.loss }
    last = expected.loss
  }
  try expect(first != last, "the loss stays at \(first): nothing was trained")
  if exchange.exchange == .sharded {
    try expectEqual(
      together.replica.network.arena.hashes(), alone.replica.network.arena.hashes(),
      "\(exchange): hashes of the tensors")
  }
  try together.replica.check(step: 1)
  try together.replica.free()
}

/// More chunks than may be on their way between two hosts at the same time, and the last one shorter.
private func checkManyChunks(_ exchange: ProbeExchange, on group: Communicator) throws {
  let shape = ImageShape(height: 28, width: 28, channels: 1)
  // Without a kink, on whose two sides roundings could put a unit: Adam's first steps would show it.
  let spec = NetworkSpec(
    input: shape, hidden: [512, 512], classes: 10, activation: .elu(alpha: 1), dropout: 0.3)
  let images = SyntheticImages(count: 96, shape: shape, classes: 10)
  var alone = try Trajectory(spec, images: images, batch: 24, group: Communicator.selfOnly)
  var together = try Trajectory(spec, images: images, batch: 24, group: group, exchange: exchange)
  for step in 0..<12 {
    let (expected, found) = (try alone.advance(), try together.advance())
    try expect(
      abs(found.loss - expected.loss) <= 1e-4 * abs(expected.loss),
      "\(exchange), step \(step): loss \(found.loss), on one rank \(expected.loss)")
  }
  try together.replica.check(step: 1)
  try expectClose(together.replica, alone.replica, "\(exchange)")
  try together.replica.free()
}

/// Every parameter, to the rounding of sums that Adam's first steps make much of.
private func expectClose(_ found: Replica, _ expected: Replica, _ what: String) throws {
  let (one, other) = (found.network.arena.parameters, expected.network.arena.parameters)
  // Twelve steps of at most about the learning rate each: one that was left out differs by its own.
  var far = 0
  for index in 0..<one.count where abs(one.base[index] - other.base[index]) > 5e-4 { far += 1 }
  try expect(far * 1000 < one.count, "\(what): \(far) of \(one.count) parameters are far off")
}

/// One step from equal weights leaves equal gradients behind, to the rounding of their sums.
private func checkGradient(_ network: ProbeNetwork, batch: Int, on group: Communicator) throws {
  let images = SyntheticImages(count: batch, shape: ProbeNetwork.shape, classes: 10)
  // Only an allreduce leaves the sum behind.
  var alone = try Trajectory(
    network.spec(), images: images, batch: batch, group: Communicator.selfOnly,
    exchange: .allreduce)
  var together = try Trajectory(
    network.spec(), images: images, batch: batch, group: group, exchange: .allreduce)
  _ = try alone.advance()
  _ = try together.advance()
  let (expected, found) = (alone.replica.network.arena, together.replica.network.arena)
  for view in expected.views {
    let right = expected.gradients(of: view)
    let largest = right.map(abs).max() ?? 0
    // In the sum of one value for a whole layer much cancels.
    let tolerance: Float = right.count == 1 ? 1e-4 : 1e-5
    try expect(largest > 0, "\(network) batch \(batch): no gradient of \(view.name)")
    for (index, value) in found.gradients(of: view).enumerated() {
      try expect(
        abs(value - right[index]) <= tolerance * largest,
        "\(network) batch \(batch), \(view.name)[\(index)]: \(value), on one rank \(right[index])")
    }
  }
}

private func checkBits(_ exchange: ProbeExchange, on group: Communicator) throws {
  let images = SyntheticImages(count: 264, shape: ProbeNetwork.shape, classes: 10)
  func run(seed: UInt64) throws -> (TrainedTrial, hash: UInt64) {
    var options = TrainerOptions()
    options.exchange = exchange.exchange
    options.hosts = exchange.hosts
    let trained = try Trainer(
      probeNetworkTrial(seed: seed), data: images.data(test: 45, classes: 10),
      on: RankContext(group),
      observer: CountingObserver(), options: options
    ).run()
    let hash = trained.model.reduce(UInt64(0)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return (trained, try group.broadcast(hash, root: 0))
  }
  let (first, second, other) = (try run(seed: 7), try run(seed: 7), try run(seed: 8))
  try expectEqual(first.0.model.isEmpty, group.rank != 0, "no model on this rank")
  try expectEqual(second.hash, first.hash, "hash of the second model")
  try expectEqual(second.0.outcome.test, first.0.outcome.test, "scores of the second run")
  try expectEqual(second.0.outcome.confusion, first.0.outcome.confusion, "confusion")
  try expect(other.hash != first.hash, "another seed gives the same model")
}

/// The seeds, and so the weights, differ by rank before.
private func checkBroadcast(on group: Communicator) throws {
  for network in ProbeNetwork.allCases {
    let spec = network.spec()
    let replica = try Replica(
      spec, batch: 1, seed: UInt64(100 + group.rank), on: RankContext(group))
    let first = Network(spec, capacity: 1, seed: 100).stateDictionary()
    try expectEqual(replica.network.stateDictionary(), first, "weights of the \(network)")
    try replica.free()
  }
}
