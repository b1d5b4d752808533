import Experiments
import MPI
import NeuralNet
import Support

/// Times what `gradient-exchange: allreduce` keeps replicas equal by: an allreduce of several lengths, and for
/// the paper's networks the whole update, from all ranks' gradients to the new parameters. The other exchange
/// has no such part; `StepBenchmark` times both in whole steps.
package struct AllreduceBenchmark: Codable, Sendable {
  /// One message, averaged in one way.
  package struct Message: Codable, Sendable {
    /// What the message is: `ffnn gradients and adam`, `64 KiB`.
    package var name: String
    package var exchange: GradientExchange
    /// Its length on each rank.
    package var floats: Int
    package var bytes: Int
    /// Median over the rounds, each as long as its slowest rank, in milliseconds.
    package var medianMs: Double
    package var minMs: Double
    /// Bytes of the message over the median, in 10⁹ per second.
    package var algorithmGBs: Double
    /// Bytes that each rank at least has to send and receive, 2(n − 1)/n of the message, over the
    /// median, in 10⁹ per second (Patarasuk & Yuan 2009): comparable between numbers of ranks.
    package var busGBs: Double

    enum CodingKeys: String, CodingKey {
      case name, exchange, floats, bytes
      case medianMs = "median_ms"
      case minMs = "min_ms"
      case algorithmGBs = "algorithm_gbs"
      case busGBs = "bus_gbs"
    }

    /// The figures of a message from its rounds.
    /// - Parameter milliseconds: of every round, at least one, in any order.
    package init(
      name: String, exchange: GradientExchange, floats: Int, ranks: Int, milliseconds: [Double]
    ) {
      precondition(!milliseconds.isEmpty, "no round of \(name) was measured")
      self.name = name
      self.exchange = exchange
      self.floats = floats
      bytes = floats * MemoryLayout<Float>.stride
      medianMs = milliseconds.median ?? 0
      minMs = milliseconds.min() ?? 0
      algorithmGBs = Double(bytes) / medianMs / 1e6
      busGBs = algorithmGBs * 2 * Double(ranks - 1) / Double(ranks)
    }
  }

  package var ranks: Int
  package var rounds: Int
  /// The messages, as they were measured; none on one rank, which has nothing to average.
  package var messages: [Message]

  /// Measures `rounds` rounds of every message after `warmUp` unmeasured ones; every rank of the
  /// group calls it.
  /// - Throws: `MPIError`, `TrialShapeError`.
  package init(on context: RankContext, rounds: Int = 50, warmUp: Int = 5) throws {
    let group = context.group
    ranks = group.size
    self.rounds = rounds
    messages = []
    guard group.size > 1 else { return }
    func measure(
      _ name: String, _ exchange: GradientExchange, floats: Int, _ body: (Int) throws -> Void
    ) throws {
      let times = try (0..<warmUp + rounds).map { round in
        1000 * (try group.seconds { try body(round) })
      }
      let slowest = try group.allreduce(Array(times[warmUp...]), .max)
      messages.append(
        Message(
          name: name, exchange: exchange, floats: floats, ranks: group.size,
          milliseconds: slowest))
    }
    for (name, floats) in Self.lengths {
      let values = AlignedBuffer<Float>(count: floats)
      try measure(name, .allreduce, floats: floats) { _ in
        try group.allreduce(inPlace: values.elements, .sum)
      }
    }
    for architecture in [ArchitectureSpec.ffnn, .cnn] {
      let replica = try Replica(
        try Self.spec(architecture), batch: 1, seed: 0, on: context, exchange: .allreduce)
      let name = "\(architecture.kind.rawValue) gradients and adam"
      let floats = replica.network.arena.parameters.count
      try measure(name, .allreduce, floats: floats) { try replica.update(step: $0 + 1) }
      try replica.free()
    }
  }

  private static let lengths = [
    ("4 KiB", 1 << 10), ("64 KiB", 1 << 14), ("1 MiB", 1 << 18), ("16 MiB", 1 << 22),
  ]

  private static func spec(_ architecture: ArchitectureSpec) throws -> NetworkSpec {
    let trial = Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: architecture,
      activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 1), seed: 0)
    return try NetworkSpec(
      trial, input: ImageShape(height: 28, width: 28, channels: 1), classes: 10)
  }
}
