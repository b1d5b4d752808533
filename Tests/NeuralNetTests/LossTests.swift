import CKernels
import Foundation
import Testing

@Suite struct LossTests {
  private func softmax(_ z: [Float], _ label: UInt8) -> (
    loss: Double, gradient: [Float], best: UInt8
  ) {
    var gradient = z
    var predicted: [UInt8] = [9]
    var losses = [0.0]
    srelu_softmax_cross_entropy(1, z.count, z, [label], 1, &predicted, &gradient, &losses)
    return (losses[0], gradient, predicted[0])
  }

  private func sigmoid(_ z: Float, _ label: UInt8) -> (loss: Double, gradient: Float) {
    var gradient: [Float] = [0]
    var predicted: [UInt8] = [9]
    var losses = [0.0]
    srelu_sigmoid_cross_entropy(1, [z], [label], 1, &predicted, &gradient, &losses)
    #expect(predicted[0] == (z > 0 ? 1 : 0))
    return (losses[0], gradient[0])
  }

  @Test func closedForms() {
    #expect(abs(softmax([0, 0, 0, 0], 2).loss - log(4)) < 1e-12)
    #expect(abs(softmax([1, 2, 3], 0).loss - log(1 + exp(1) + exp(2))) < 1e-12)
    let gradient = softmax([1, 2, 3], 0).gradient
    #expect(abs(gradient.reduce(0, +)) < 1e-6)
    #expect(abs(Double(gradient[2]) - exp(2) / (1 + exp(1) + exp(2))) < 1e-7)
    #expect(abs(sigmoid(0, 1).loss - log(2)) < 1e-12)
    #expect(abs(sigmoid(2, 0).loss - log(1 + exp(2))) < 1e-12)
    #expect(abs(Double(sigmoid(2, 0).gradient) - 1 / (1 + exp(-2))) < 1e-7)
    #expect(abs(Double(sigmoid(-2, 1).gradient) + 1 / (1 + exp(-2))) < 1e-7)
  }

  @Test func hugeLogitsStayFinite() {
    #expect(softmax([1e4, -1e4, 0], 0).loss == 0)
    #expect(softmax([1e4, -1e4, 0], 1).loss == 2e4)
    #expect(softmax([1e4, -1e4, 0], 1).gradient == [1, -1, 0])
    #expect(sigmoid(1e4, 1).loss == 0)
    #expect(sigmoid(1e4, 0).loss == 1e4)
    #expect(sigmoid(-1e4, 1).loss == 1e4)
    #expect(sigmoid(-1e4, 1).gradient == -1)
  }

  /// The loss takes its limit if there is one, and otherwise is NaN, so that training stops.
  @Test func infiniteLogits() {
    #expect(softmax([-.infinity, 0], 1).loss == 0)
    #expect(softmax([-.infinity, 0], 1).gradient == [0, 0])
    #expect(softmax([-.infinity, 0], 0).loss == .infinity)
    #expect(softmax([0, .infinity, 0], 0).best == 1)
    for logits: [Float] in [[0, .infinity], [.infinity, .infinity], [-.infinity, -.infinity]] {
      for label: UInt8 in [0, 1] { #expect(!softmax(logits, label).loss.isFinite, "\(logits)") }
    }
    #expect(sigmoid(.infinity, 1).loss == 0)
    #expect(sigmoid(.infinity, 1).gradient == 0)
    #expect(sigmoid(.infinity, 0).loss == .infinity)
    #expect(sigmoid(-.infinity, 0).loss == 0)
    #expect(sigmoid(-.infinity, 1).loss == .infinity)
    #expect(sigmoid(-.infinity, 1).gradient == -1)
  }

  @Test func nanIsReported() {
    #expect(softmax([0, .nan, 1], 0).loss.isNaN)
    #expect(softmax([.nan, 0, 1], 2).loss.isNaN)
    #expect(sigmoid(.nan, 0).loss.isNaN)
    #expect(sigmoid(.nan, 1).loss.isNaN)
  }

  @Test func theFirstOfEqualLogitsIsPredicted() {
    #expect(softmax([1, 3, 3, 2], 0).best == 1)
    #expect(softmax([-1, -3, -0.5], 0).best == 2)
  }
}
