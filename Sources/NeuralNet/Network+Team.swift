import CKernels

/// Where a small tensor's sums are in a rank's slots, and where the tensor is in the arena.
struct SmallTensor {
  let sum: Int
  let place: Int
  let count: Int
}

/// What a rank of a team computes for all: some units' weights, and some small tensors.
package struct TeamShare {
  /// Units of a layer.
  struct Units {
    let layer: Int
    let units: Range<Int>
  }

  let units: [Units]
  /// Places of the small tensors' sums.
  let sums: Range<Int>
  /// The parameters that this is, in the arena, in the order in which they are updated.
  package let ranges: [Range<Int>]
}

extension Network {
  /// Shares are cut between so many units.
  private static var unitGrain: Int { 4 }

  /// A rank's share of the parameters. The ranks' shares are everything, and take equally long.
  /// - Parameter most: the most weights of a range, if a few units don't have more.
  package func share(of rank: Int, most: Int = .max) -> TeamShare {
    let ranks = team?.ranks ?? 1
    let owning = layers.indices.filter { layers[$0].shared != nil }
    let shared = owning.compactMap { layers[$0].shared }
    let work = shared.reduce(0) { $0 + $1.count * $1.width }
    // Where the shares of ranks up to this one end, in multiplications of a sample.
    let (begin, end) = (work * rank / ranks, work * (rank + 1) / ranks)
    var units: [TeamShare.Units] = []
    var ranges: [Range<Int>] = []
    var before = 0
    for (layer, part) in zip(owning, shared) {
      func cut(_ end: Int) -> Int {
        let units = (end - before) / part.width
        return units >= part.count ? part.count : max(0, units / Self.unitGrain * Self.unitGrain)
      }
      let own = cut(begin)..<cut(end)
      // Products in bfloat16 convert all inputs each time.
      let few = max(1, most / part.width / Self.unitGrain) * Self.unitGrain
      let atOnce = part.takesFusedSteps ? min(few, part.count) : part.count
      for first in stride(from: own.lowerBound, to: own.upperBound, by: atOnce) {
        let own = first..<min(first + atOnce, own.upperBound)
        units.append(TeamShare.Units(layer: layer, units: own))
        ranges.append(
          part.weight + own.lowerBound * part.width..<part.weight + own.upperBound * part.width)
        ranges.append(part.bias + own.lowerBound..<part.bias + own.upperBound)
      }
      before += part.count * part.width
    }
    let vectors = (sums.count + 15) / 16
    let small =
      min(
        sums.count, vectors * rank / ranks * 16)..<min(
        sums.count, vectors * (rank + 1) / ranks * 16)
    ranges += smallRanges(small)
    return TeamShare(units: units, sums: small, ranges: ranges)
  }

  /// The small tensors' parts whose sums are at some places, in the arena.
  private func smallRanges(_ places: Range<Int>) -> [Range<Int>] {
    smallTensors.compactMap { tensor in
      let part = places.clamped(to: tensor.sum..<tensor.sum + tensor.count)
      let first = tensor.place + part.lowerBound - tensor.sum
      return part.isEmpty ? nil : first..<first + part.count
    }
  }

  /// This rank's losses, where the batch's are.
  package func publishLosses(count: Int, firstSlot: Int) {
    lossesOfBatch.advanced(by: firstSlot).update(from: losses.base, count: count)
  }

  /// The summed loss of a global batch, in the order of its samples.
  package func loss(ofBatch batch: Int) -> Double {
    UnsafeBufferPointer(start: lossesOfBatch, count: batch).reduce(0, +)
  }

  /// The global batch's losses, sample by sample.
  package var lossesOfBatch: UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(batchLosses.base).assumingMemoryBound(to: Double.self)
  }

  /// A rank's sums over its samples: as many floats for each rank.
  package func sums(of rank: Int) -> UnsafeMutableBufferPointer<Float> {
    let length = sumSlots * sums.count
    return UnsafeMutableBufferPointer(start: rankSums.base + rank * length, count: length)
  }

  /// After all ranks' `backward`: takes the step on a share of the parameters, in several replicas.
  /// - Parameters:
  ///   - batch: samples of the global batch.
  ///   - parameters: the replicas' first elements, this network's first.
  ///   - updated: is told of each of the share's ranges.
  package func update(
    _ share: TeamShare, _ step: OptimizerStep, batch: Int,
    replicas: AlignedBuffer<UnsafeMutablePointer<Float>?>,
    findings: UnsafeMutablePointer<StepFindings>, updated: (Int) -> Void = { _ in }
  ) {
    let fused = FusedStep(step.on(replicas), findings: findings)
    func apply(_ range: Range<Int>) {
      self.apply(step, range: range, replicas: replicas, findings: findings)
    }
    var number = 0
    for own in share.units {
      let layer = layers[own.layer]
      let isFused = layer.shared?.takesFusedSteps ?? false
      inKernelModes {
        layer.weightGradient(
          units: own.units, samples: batch, input: values(before: own.layer), arena: arena,
          fused: isFused ? fused : nil)
      }
      if !isFused { apply(share.ranges[number]) }
      updated(number)
      apply(share.ranges[number + 1])
      updated(number + 1)
      number += 2
    }
    inKernelModes { addUp(share.sums, nodes[batch]) }
    for range in share.ranges[number...] {
      apply(range)
      updated(number)
      number += 1
    }
  }

  /// After all ranks' `backward`: a share of the gradients, in the arena.
  package func gradients(_ share: TeamShare, batch: Int) {
    inKernelModes {
      for own in share.units {
        layers[own.layer].weightGradient(
          units: own.units, samples: batch, input: values(before: own.layer), arena: arena,
          fused: nil)
      }
      addUp(share.sums, nodes[batch])
    }
  }

  /// Adds the ranks' sums at some places up, which gives the gradients in the arena.
  func addUp(_ places: Range<Int>, _ nodes: [[ShardTree.Node]]) {
    guard !places.isEmpty else { return }
    let length = places.count
    func merge(_ slot: Int) {
      kernels.merge(folding.base + slot * length, count: length, 0..<length)
    }
    tree.reset()
    for (rank, nodes) in nodes.enumerated() {
      for (slot, node) in nodes.enumerated() {
        let from =
          rankSums.base + (rank * sumSlots + slot) * sums.count + places.lowerBound
        (folding.base + tree.nodes.count * length).update(from: from, count: length)
        tree.push(node, merge: merge)
      }
    }
    tree.finish(merge: merge)
    for tensor in smallTensors {
      let part = places.clamped(to: tensor.sum..<tensor.sum + tensor.count)
      guard !part.isEmpty else { continue }
      arena.gradientBase(tensor.place + part.lowerBound - tensor.sum).update(
        from: folding.base + part.lowerBound - places.lowerBound, count: part.count)
    }
  }
}
