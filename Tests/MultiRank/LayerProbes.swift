import DataParallel
import Experiments
import MPI
import NeuralNet

let layerProbes = [
  Probe("layers: a group finds what one rank finds, in both exchanges") { group in
    for exchange in try ProbeExchange.all(group) {
      for network in ProbeNetwork.allCases {
        for count in [3, 100, 517] {
          try checkLayers(network, count: count, exchange: exchange, on: group)
        }
      }
    }
  },
  Probe("layers: looking at them changes no bit of what comes next") { group in
    for exchange in try ProbeExchange.all(group) {
      for network in ProbeNetwork.allCases {
        try checkIndifference(network, exchange: exchange, on: group)
      }
    }
  },
]

/// Layers and gradients of equal weights.
private func layers(
  _ network: ProbeNetwork, _ images: SyntheticImages, exchange: ProbeExchange,
  on group: Communicator
) throws -> [LayerRecord] {
  let trained = try Trajectory(
    network.spec(), images: images, batch: 32, group: group, exchange: exchange)
  let found = try look(at: trained.replica, images)
  try trained.replica.free()
  return found
}

private func look(at replica: Replica, _ images: SyntheticImages) throws -> [LayerRecord] {
  var indices = [UInt32](repeating: 0, count: replica.network.capacity)
  _ = try replica.observed {
    try replica.evaluate(images.samples, classes: 10, indices: &indices)
  }
  let batch = (0..<UInt32(min(32, images.samples.count))).map { $0 }
  let norms = try batch.withUnsafeBufferPointer {
    try replica.gradientNorms(samples: images.samples, batch: $0, step: 3)
  }
  return try replica.layerRecords(gradientNorms: norms, step: 3)
}

private func checkLayers(
  _ network: ProbeNetwork, count: Int, exchange: ProbeExchange, on group: Communicator
) throws {
  let images = SyntheticImages(count: count, shape: ProbeNetwork.shape, classes: 10)
  let alone = try layers(
    network, images, exchange: .allreduce, on: Communicator.selfOnly)
  let together = try layers(network, images, exchange: exchange, on: group)
  try expect(
    alone.count == network.activationLayers && together.count == alone.count,
    "\(together.count) layers, on one rank \(alone.count)")
  for (found, expected) in zip(together, alone) {
    let numbers = { (layer: LayerRecord) in
      [layer.saturatedShare, layer.mean, layer.standardDeviation, layer.gradientNorm ?? 0]
    }
    try expect(
      found.layer == expected.layer && found.units == expected.units
        && found.deadUnits == expected.deadUnits && found.learned == expected.learned,
      "\(found), on one rank \(expected)")
    for (a, b) in zip(numbers(found), numbers(expected)) {
      let tolerance = exchange.exchange == .sharded ? 0 : 1e-5
      try expect(
        abs(a - b) <= tolerance * max(abs(b), 1e-3),
        "\(exchange): \(found), on one rank \(expected)")
    }
    try expect(expected.gradientNorm ?? 0 > 0, "no gradient in \(expected)")
  }
}

/// A replica that is looked at after every third step takes the same steps.
private func checkIndifference(
  _ network: ProbeNetwork, exchange: ProbeExchange, on group: Communicator
) throws {
  let images = SyntheticImages(count: 200, shape: ProbeNetwork.shape, classes: 10)
  func hashes(looking: Bool) throws -> [UInt64] {
    var trained = try Trajectory(
      network.spec(), images: images, batch: 32, group: group, exchange: exchange)
    for step in 1...12 {
      _ = try trained.advance()
      if looking, step % 3 == 0 { _ = try look(at: trained.replica, images) }
    }
    defer { try? trained.replica.free() }
    return trained.replica.network.arena.hashes()
  }
  try expect(
    try hashes(looking: true) == hashes(looking: false), "looking changed the parameters")
}
