import Foundation
import NeuralNet

/// Adam by its definition, in Double, with ε added to the uncorrected root as in Keras.
struct ReferenceAdam {
  let adam: Adam
  private var first: [String: [Double]] = [:]
  private var second: [String: [Double]] = [:]
  private var steps = 0.0

  init(_ adam: Adam) { self.adam = adam }

  mutating func step(_ parameters: inout [String: [Double]], _ gradients: [String: [Double]]) {
    steps += 1
    let (b1, b2) = (Double(adam.beta1), Double(adam.beta2))
    let rate = Double(adam.learningRate) * (1 - pow(b2, steps)).squareRoot() / (1 - pow(b1, steps))
    for (name, gradient) in gradients {
      var m = first[name] ?? gradient.map { _ in 0 }
      var v = second[name] ?? gradient.map { _ in 0 }
      for (i, g) in gradient.enumerated() {
        m[i] = b1 * m[i] + (1 - b1) * g
        v[i] = b2 * v[i] + (1 - b2) * g * g
        parameters[name]?[i] -= rate * m[i] / (v[i].squareRoot() + Double(adam.epsilon))
      }
      first[name] = m
      second[name] = v
    }
  }
}
