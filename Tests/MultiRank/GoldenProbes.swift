import DataParallel
import GoldenNetworks
import MPI
import NeuralNet

let goldenProbes = GoldenNetwork.all.map { golden in
  Probe("same bits: \(golden) on any ranks and hosts") { group in
    for exchange in try ProbeExchange.all(group) where exchange.exchange == .sharded {
      try checkGolden(golden, exchange, on: group)
    }
  }
}

/// After the steps, all replicas have the bits that are written down.
private func checkGolden(
  _ golden: GoldenNetwork, _ exchange: ProbeExchange, on group: Communicator
) throws {
  let spec = try golden.spec()
  let replica = try Replica(
    spec, batch: golden.batch, seed: 3, optimizer: golden.optimizer, on: RankContext(group),
    exchange: exchange.exchange, hosts: exchange.hosts)
  let indices = (0..<UInt32(golden.batch)).map { $0 }
  for step in 1...GoldenNetwork.steps {
    let (features, labels) = try golden.samples(step: step)
    try features.withUnsafeBufferPointer { features in
      try labels.withUnsafeBufferPointer { labels in
        let samples = SampleSet(
          features: .values(features.baseAddress.unsafelyUnwrapped),
          labels: labels.baseAddress.unsafelyUnwrapped, count: golden.batch, shape: spec.input)
        try indices.prefix(golden.count(step: step)).withUnsafeBufferPointer {
          _ = try replica.step(samples: samples, batch: $0, step: step - 1)
        }
      }
    }
  }
  let hash = GoldenNetwork.hash(replica.network.arena)
  try replica.free()
  try expectEqual(hash, golden.hash, "\(golden), \(exchange): the hash of the parameters")
}
