import CKernels
import Foundation
import NeuralNet
import Testing

@Suite struct DropoutTests {
  private func mask(
    _ set: InstructionSet = .widest, rate: Float = 0.3, seed: UInt64 = 1, step: UInt32 = 2,
    layer: Int = 1, slot: UInt32 = 3, units: Int = 512
  ) -> [Float] {
    var dropout = ActivationStage.dropout(
      rate: rate, seed: seed, step: step, layer: layer, firstSlot: 0)
    var mask = [Float](repeating: -1, count: (units + 127) / 128 * 128)
    set.kernels.dropout_mask(&dropout, slot, units, &mask)
    return Array(mask[..<units])
  }

  @Test(arguments: InstructionSet.available, [0.01, 0.3, 0.5, 0.9] as [Float])
  func theShareDroppedIsTheRate(_ set: InstructionSet, _ rate: Float) {
    let (slots, units) = (300, 700)
    let draws = Double(slots * units)
    let deviation = (Double(rate) * Double(1 - rate) / draws).squareRoot()
    var dropped = 0
    var sum = 0.0
    for slot in 0..<slots {
      let mask = mask(set, rate: rate, slot: UInt32(slot), units: units)
      #expect(mask.allSatisfy { $0 == 0 || $0 == 1 / (1 - rate) })
      dropped += mask.count { $0 == 0 }
      sum += mask.reduce(0) { $0 + Double($1) }
    }
    // 2⁻¹⁷ is the threshold's rounding.
    #expect(abs(Double(dropped) / draws - Double(rate)) < 5 * deviation + 0x1p-17)
    // Kept units are scaled so that the mean doesn't change: evaluation needs no factor.
    #expect(abs(sum / draws - 1) < (5 * deviation + 0x1p-17) / Double(1 - rate))
  }

  /// Enough units to draw the threshold itself: 2¹⁶ outcomes, 300,000 draws.
  @Test(arguments: InstructionSet.available)
  func everyUnitIsTheReferences(_ set: InstructionSet) {
    var wrong = 0
    for slot in 0..<300 as Range<UInt32> {
      for (unit, factor) in mask(set, slot: slot, units: 1000).enumerated() {
        let expected = ReferenceDropout.factor(
          rate: 0.3, seed: 1, step: 2, layer: 1, slot: slot, unit: unit)
        if Double(factor) != expected { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  /// Masks that differ in one number agree in 0.7² + 0.3² = 0.58 of units, like independent draws.
  @Test func everyNumberChangesTheMask() {
    let units = 20_000
    let one = mask(units: units)
    let others = [
      mask(seed: 2, units: units), mask(seed: 1 | 1 << 32, units: units),
      mask(step: 3, units: units), mask(layer: 2, units: units), mask(slot: 4, units: units),
      mask(step: 1, layer: 2, units: units),
    ]
    for (index, other) in others.enumerated() {
      let agreement = zip(one, other).count { $0 == $1 }
      let deviation = (0.58 * 0.42 / Double(units)).squareRoot()
      #expect(abs(Double(agreement) / Double(units) - 0.58) < 5 * deviation, "\(index)")
    }
    // Neighbouring units and groups of a mask are independent too.
    for shift in [1, 16, 32, 128] {
      let agreement = zip(one, one.dropFirst(shift)).count { $0 == $1 }
      #expect(abs(Double(agreement) / Double(units - shift) - 0.58) < 0.02, "\(shift)")
    }
  }

  /// A batch in one pass, or split between two ranks: the same masks, bit for bit.
  @Test(arguments: InstructionSet.available, [1, 37, 128, 300])
  func aSamplesMaskDependsOnItsSlotAlone(_ set: InstructionSet, _ width: Int) {
    func ones(first: UInt32, samples: Int, rows: Int) -> [Float] {
      var kernel = srelu_activation(kind: SRELU_IDENTITY, alpha: 0, beta: 0)
      var dropout = ActivationStage.dropout(
        rate: 0.3, seed: 9, step: 4, layer: 2, firstSlot: first)
      let count = samples * rows * width
      let x = [Float](repeating: 1, count: count)
      var y = x
      var derivative = x
      var scratch = [Float](repeating: 0, count: rows * width + 128)
      set.kernels.activate(
        &kernel, samples, rows, width, x, nil, nil, &dropout, &y, &derivative, nil, &scratch)
      #expect(y == derivative)
      return y
    }
    for rows in [1, 3] {
      let whole = ones(first: 10, samples: 7, rows: rows)
      let parts = ones(first: 10, samples: 4, rows: rows) + ones(first: 14, samples: 3, rows: rows)
      #expect(whole == parts)
      for sample in 0..<7 {
        let units = rows * width
        for unit in 0..<units {
          let expected = ReferenceDropout.factor(
            rate: 0.3, seed: 9, step: 4, layer: 2, slot: UInt32(10 + sample), unit: unit)
          #expect(Double(whole[sample * units + unit]) == expected)
        }
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func evaluationDropsNothing(_ set: InstructionSet) {
    for (with, without) in [
      (Specs.ffnn(.gelu), Specs.ffnn(.gelu, dropout: 0)),
      (Specs.cnn(.elu(alpha: 1)), Specs.cnn(.elu(alpha: 1), dropout: 0)),
    ] {
      let networks = [with, without].map {
        Network($0, capacity: 6, seed: 4, compute: Compute(set))
      }
      for network in networks { Batch(with, count: 6, seed: 1).fill(network) }
      networks[0].forward(count: 6, mode: .evaluation)
      networks[1].forward(count: 6, mode: .training(step: 0, firstSlot: 0))
      let evaluated = networks[0].logitRows(6)
      #expect(evaluated == networks[1].logitRows(6))
      networks[0].forward(count: 6, mode: .training(step: 0, firstSlot: 0))
      #expect(evaluated != networks[0].logitRows(6))
    }
  }

  /// The same batch at other steps and slots gives other logits; at the same ones the same bits.
  @Test func stepAndSlotReachTheNetwork() {
    let spec = Specs.ffnn(.relu, hidden: [64, 64])
    let network = Network(spec, capacity: 4, seed: 4)
    Batch(spec, count: 4, seed: 1).fill(network)
    func logits(_ step: UInt32, _ slot: UInt32) -> [Float] {
      network.forward(count: 4, mode: .training(step: step, firstSlot: slot))
      return network.logitRows(4)
    }
    let all = [logits(0, 0), logits(1, 0), logits(0, 4), logits(1, 4)]
    #expect(Set(all).count == 4)
    #expect(logits(0, 0) == all[0])
  }
}
