import NeuralNet
import Testing

/// The reference's own gradients against central differences.
@Suite struct ReferenceTests {
  @Test(arguments: ReferenceActivation.all)
  func gradientsAreCentralDifferences(_ f: Activation) {
    for spec in Specs.all(f) {
      let state = Network(spec, capacity: 1, seed: 5).stateDictionary()
      let reference = ReferenceNetwork(spec, state: state, seed: 5)
      let batch = Batch(spec, count: 2, seed: 1)
      func loss() -> Double {
        reference.loss(batch.samples, labels: batch.labels, step: 3, wantsGradients: false).loss
      }
      _ = reference.loss(batch.samples, labels: batch.labels, step: 3)
      let analytic = reference.gradients
      var numbers = Numbers(9)
      for (name, values) in analytic {
        for _ in 0..<3 {
          let index = numbers.below(values.count)
          let original = reference.parameters[name]?[index] ?? 0
          let h = 1e-6
          reference.parameters[name]?[index] = original + h
          let above = loss()
          reference.parameters[name]?[index] = original - h
          let below = loss()
          reference.parameters[name]?[index] = original
          let numeric = (above - below) / (2 * h)
          #expect(
            abs(numeric - values[index]) < 1e-7 + 1e-5 * abs(numeric), "\(f) \(name)[\(index)]")
        }
      }
    }
  }
}
