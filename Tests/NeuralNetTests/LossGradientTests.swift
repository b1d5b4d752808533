import CKernels
import Foundation
import NeuralNet
import Testing

@Suite struct LossGradientTests {
  struct Result {
    var loss: Double
    var gradient: [Float]
    var predicted: [UInt8]
  }

  /// One logit per row selects the sigmoid.
  private func loss(_ z: [[Float]], _ labels: [UInt8], scale: Float = 1) -> Result {
    let logits = z.flatMap { $0 }
    var gradient = [Float](repeating: 99, count: logits.count)
    var predicted = [UInt8](repeating: 99, count: z.count)
    let classes = z.first?.count ?? 1
    var losses = [Double](repeating: 99, count: z.count)
    if classes == 1 {
      srelu_sigmoid_cross_entropy(
        z.count, logits, labels, scale, &predicted, &gradient, &losses)
    } else {
      srelu_softmax_cross_entropy(
        z.count, classes, logits, labels, scale, &predicted, &gradient, &losses)
    }
    return Result(loss: losses.reduce(0, +), gradient: gradient, predicted: predicted)
  }

  private func batch(rows: Int, classes: Int, seed: UInt64) -> ([[Float]], [UInt8]) {
    var numbers = Numbers(seed)
    let z = (0..<rows).map { _ in (0..<classes).map { _ in Float(numbers.uniform() * 5) } }
    return (z, (0..<rows).map { _ in UInt8(numbers.below(max(2, classes))) })
  }

  @Test(arguments: [1, 3, 10, 256])
  func batchesAreSumsOfTheReference(_ classes: Int) {
    let (z, labels) = batch(rows: 13, classes: classes, seed: 3)
    let result = loss(z, labels, scale: 0.125)
    var total = 0.0
    for (row, logits) in z.enumerated() {
      let plain = ReferenceNetwork.loss(logits.map(Double.init), label: Int(labels[row]))
      total += plain.0
      for (c, g) in plain.1.enumerated() {
        #expect(abs(Double(result.gradient[row * classes + c]) - g * 0.125) < 1e-8)
      }
      let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
      #expect(Int(result.predicted[row]) == (classes == 1 ? (logits[0] > 0 ? 1 : 0) : best))
      if classes > 1 {
        let sum = result.gradient[row * classes..<(row + 1) * classes].reduce(0, +)
        #expect(abs(sum) < 1e-7, "a softmax's gradient sums to 0")
      }
    }
    #expect(abs(result.loss / total - 1) < 1e-12)
  }

  @Test(arguments: [1, 4])
  func gradientsAreCentralDifferences(_ classes: Int) {
    let (z, labels) = batch(rows: 3, classes: classes, seed: 4)
    let analytic = loss(z, labels).gradient
    let h: Float = 0x1p-10
    for row in z.indices {
      for c in 0..<classes {
        var (above, below) = (z, z)
        above[row][c] += h
        below[row][c] -= h
        let distance = Double(above[row][c]) - Double(below[row][c])
        let numeric = (loss(above, labels).loss - loss(below, labels).loss) / distance
        #expect(abs(numeric - Double(analytic[row * classes + c])) < 1e-6)
      }
    }
  }

  /// A sigmoid is a softmax over 0 and its logit.
  @Test func sigmoidIsASoftmaxOfTwo() {
    for z in [-1e4, -30, -1, 0, 1e-3, 2, 50, 1e4] as [Float] {
      for label in [0, 1] as [UInt8] {
        let one = loss([[z]], [label])
        let two = loss([[0, z]], [label])
        #expect(abs(one.loss - two.loss) <= 1e-12 * max(1, one.loss))
        #expect(abs(one.gradient[0] - two.gradient[1]) < 1e-7)
        // Even if both classes are equally likely.
        #expect(one.predicted == two.predicted)
      }
    }
  }

  @Test func hugeLogitsHaveFiniteGradients() {
    for huge in [1e4, 1e30, .greatestFiniteMagnitude] as [Float] {
      let rows = loss(
        [[huge, -huge, 0], [-huge, -huge, -huge], [huge, huge, -huge]], [1, 0, 0])
      #expect(rows.gradient.allSatisfy { $0.isFinite })
      #expect(abs(rows.loss / (2 * Double(huge) + log(6)) - 1) < 1e-15)
      #expect(rows.gradient[..<3] == [1, -1, 0])
      #expect(abs(rows.gradient[6] + 0.5) < 1e-6 && abs(rows.gradient[7] - 0.5) < 1e-6)
      let sigmoid = loss([[huge], [-huge], [huge], [-huge]], [0, 0, 1, 1])
      #expect(sigmoid.loss == 2 * Double(huge))
      #expect(sigmoid.gradient == [1, 0, 0, -1])
    }
  }

  /// One bad sample is enough, at any position.
  @Test(arguments: [1, 3])
  func oneNaNMakesTheBatchNaN(_ classes: Int) {
    for bad in 0..<4 {
      for place in 0..<classes {
        var (z, labels) = batch(rows: 4, classes: classes, seed: 5)
        z[bad][place] = .nan
        #expect(loss(z, labels).loss.isNaN)
        labels = labels.map { 1 - min($0, 1) }
        #expect(loss(z, labels).loss.isNaN)
      }
    }
  }

  @Test func predictionsNeedNoGradient() {
    var predicted: [UInt8] = [9, 9]
    var losses = [0.0, 0]
    srelu_softmax_cross_entropy(2, 3, [0, 5, 1, 2, 2, 2], [0, 0], 1, &predicted, nil, &losses)
    #expect(predicted == [1, 0])
    srelu_sigmoid_cross_entropy(2, [-0.0, 1e-30], [0, 0], 1, &predicted, nil, &losses)
    #expect(predicted == [0, 1])
  }

  /// Activations, losses and gradients stay finite for huge logits and for denormal inputs.
  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func networksStayFinite(_ set: InstructionSet, _ f: Activation) {
    for spec in [Specs.ffnn(f), Specs.cnn(f), Specs.ffnn(f, classes: 2)] {
      for (weightFactor, inputFactor) in [(1, 0x1p-140), (100, 1), (0x1p-133, 1)]
        as [(Float, Float)]
      {
        let network = Network(spec, capacity: 3, seed: 2, compute: Compute(set))
        Batch(spec, count: 3, seed: 1).fill(network)
        for i in network.input.elements.indices { network.input.base[i] *= inputFactor }
        for i in network.arena.parameters.elements.indices {
          network.arena.parameters.base[i] *= weightFactor
        }
        network.forward(count: 3, mode: .training(step: 0, firstSlot: 0))
        #expect(network.backward(count: 3, globalBatch: 3).isFinite, "\(f)")
        #expect(network.arena.gradients.allSatisfy { $0.isFinite }, "\(f)")
        Adam().step(network, step: 1)
        #expect(network.arena.parameters.elements.allSatisfy { $0.isFinite }, "\(f)")
      }
    }
  }
}
