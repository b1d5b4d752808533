import DataParallel
import Datasets
import Experiments
import MPI
import NeuralNet

let dataParallelProbes = [
  Probe("evaluation: every sample counts once, as on one rank") { group in
    for classes in [2, 10] {
      for network in ProbeNetwork.allCases {
        // Fewer samples than ranks, and shares of several passes of unequal length.
        for count in [1, 7, 263] {
          try checkEvaluation(network.spec(classes: classes), count: count, on: group)
        }
      }
    }
  },
  Probe("replica check: one bit of one rank's weights is seen by all", minimumRanks: 2) { group in
    // Of two ranks the first is believed; of more, the majority.
    for changed in (group.size == 2 ? 1 : 0)..<group.size {
      for bit in [0, 17, 31] { try checkMismatch(rank: changed, bit: bit, on: group) }
    }
  },
  Probe("shuffle: samples stored in an epoch's order and not shuffled give its model") {
    try checkStoredOrder(on: $0)
  },
  Probe("stop: all ranks end after the step at which one of them was asked") {
    // The epoch has 6 steps: in the first, at its end, and in the second.
    for step in [1, 6, 8] { try checkStop(after: step, on: $0) }
  },
  Probe("divergence: every rank names the step at which the loss is no number") {
    // With one step in all, only the scores show that the weights are lost.
    for epochs in [3, 1] { try checkDivergence(epochs: epochs, samples: 40, on: $0) }
    try checkDivergence(epochs: 1, samples: 220, on: $0)
  },
]

private func checkEvaluation(_ spec: NetworkSpec, count: Int, on group: Communicator) throws {
  let images = SyntheticImages(
    count: count, shape: ProbeNetwork.shape, classes: spec.classes, seed: UInt64(count))
  func evaluate(_ group: Communicator) throws -> (loss: Double, confusion: ConfusionMatrix) {
    let replica = try Replica(
      spec, batch: 20, seed: 3, on: RankContext(group))
    var indices = [UInt32](repeating: 0, count: replica.network.capacity)
    let result = try replica.evaluate(images.samples, classes: spec.classes, indices: &indices)
    try replica.free()
    return result
  }
  let what = "\(count) samples of \(spec.classes) classes"
  let (expected, found) = (try evaluate(Communicator.selfOnly), try evaluate(group))
  var histogram = [Int64](repeating: 0, count: spec.classes)
  for index in 0..<count { histogram[Int(images.samples.labels[index])] += 1 }
  for truth in 0..<spec.classes {
    let total = (0..<spec.classes).reduce(Int64(0)) { $0 + found.confusion[truth, $1] }
    try expectEqual(total, histogram[truth], "\(what): samples of class \(truth)")
  }
  try expectEqual(found.confusion.counts, expected.confusion.counts, "\(what): confusion")
  try expectEqual(found.loss, expected.loss, "\(what): loss")
}

private func checkMismatch(rank: Int, bit: Int, on group: Communicator) throws {
  let replica = try Replica(
    ProbeNetwork.ffnn.spec(), batch: 1, seed: 3, on: RankContext(group))
  try replica.check(step: 1)
  let weights = replica.network.arena.parameters.elements
  let place = weights.count * 2 / 3
  func flip() {
    guard group.rank == rank else { return }
    weights[place] = Float(bitPattern: weights[place].bitPattern ^ (1 << UInt32(bit)))
  }
  flip()
  let error = try expectThrows(ReplicaMismatch.self, "bit \(bit) of rank \(rank) changed") {
    try replica.check(step: 5)
  }
  try expectEqual(error.ranks, [rank], "ranks named")
  try expectEqual(error.step, 5, "step named")
  let tensor = replica.network.arena.view(at: place).name
  try expectEqual(error.tensor, tensor, "tensor named")
  flip()
  try replica.check(step: 6)
  try replica.free()
}

private func checkStoredOrder(on group: Communicator) throws {
  let images = SyntheticImages(count: 220, shape: ProbeNetwork.shape, classes: 10)
  var order = [UInt32](repeating: 0, count: 200)
  EpochOrder.fill(&order, seed: 7, epoch: 1)
  let stored = SyntheticImages(images, first: order)
  func model(_ images: SyntheticImages, shuffle: Bool) throws -> [UInt8] {
    var trial = probeNetworkTrial(epochs: 1)
    trial.training.shuffle = shuffle
    let trainer = try Trainer(
      trial, data: images.data(test: 20, classes: 10), on: RankContext(group),
      observer: CountingObserver())
    return try trainer.run().model
  }
  let shuffled = try model(images, shuffle: true)
  try expectEqual(try model(stored, shuffle: false), shuffled, "the model of the stored order")
  if group.rank == 0 {
    try expect(try model(images, shuffle: false) != shuffled, "an order that changes nothing")
  } else {
    _ = try model(images, shuffle: false)
  }
}

private func checkStop(after step: Int, on group: Communicator) throws {
  let images = SyntheticImages(count: 220, shape: ProbeNetwork.shape, classes: 10)
  let observer = CountingObserver(stopAt: group.rank == group.size - 1 ? step : nil)
  let trainer = try Trainer(
    probeNetworkTrial(), data: images.data(test: 20, classes: 10), on: RankContext(group),
    observer: observer)
  let error = try expectThrows(TrialInterrupted.self, "a stop at step \(step)") {
    try trainer.run()
  }
  try expectEqual(error.step, step, "the step named")
  try expectEqual(observer.questions, step, "questions to this rank")
  let epochs = group.rank == 0 ? Array(1..<(step - 1) / 6 + 1) : []
  try expectEqual(observer.epochs, epochs, "epochs that this rank's observer heard of")
}

private func checkDivergence(epochs: Int, samples: Int, on group: Communicator) throws {
  let images = SyntheticImages(count: samples, shape: ProbeNetwork.shape, classes: 10)
  let trainer = try Trainer(
    probeNetworkTrial(epochs: epochs, rate: 1e30), data: images.data(test: 10, classes: 10),
    on: RankContext(group), observer: CountingObserver())
  let error = try expectThrows(TrialDiverged.self, "a learning rate of 1e30") {
    try trainer.run()
  }
  // The first step starts from sound weights.
  try expect(error.step >= 1, "step \(error.step)")
  try expect(error.lastLoss?.isFinite == true, "last loss \(error.lastLoss ?? .nan)")
  let steps = try group.allgather([Int64(error.step)])
  try expect(Set(steps).count == 1, "steps named by the ranks: \(steps)")
}
