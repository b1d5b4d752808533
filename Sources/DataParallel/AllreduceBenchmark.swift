import Experiments
import MPI
import NeuralNet

/// Times what makes replicas of one another: the averaging of gradients over a group, for messages
/// of several lengths.
public struct AllreduceBenchmark: Codable, Sendable {
  /// How a group averages.
  public enum Exchange: String, Codable, CaseIterable, Sendable {
    /// One `MPI_Allreduce` in place.
    case allreduce

    /// Sums `values` over the group.
    func average(_ values: UnsafeMutableBufferPointer<Float>, over group: Communicator) throws {
      switch self {
      case .allreduce: try group.allreduce(inPlace: values, .sum)
      }
    }
  }

  /// One message, averaged in one way.
  public struct Message: Codable, Sendable {
    /// What the message is: `ffnn gradients`, `64 KiB`.
    public var name: String
    /// How it was averaged.
    public var exchange: Exchange
    /// Its length on each rank.
    public var floats: Int
    /// Its length on each rank, in bytes.
    public var bytes: Int
    /// Median over the rounds, each as long as its slowest rank, in milliseconds.
    public var medianMs: Double
    /// Shortest round, in milliseconds.
    public var minMs: Double
    /// Bytes of the message over the median, in 10⁹ per second.
    public var algorithmGBs: Double
    /// Bytes that each rank at least has to send and receive, 2(n − 1)/n of the message, over the
    /// median, in 10⁹ per second (Patarasuk & Yuan 2009): comparable between numbers of ranks.
    public var busGBs: Double

    enum CodingKeys: String, CodingKey {
      case name, exchange, floats, bytes
      case medianMs = "median_ms"
      case minMs = "min_ms"
      case algorithmGBs = "algorithm_gbs"
      case busGBs = "bus_gbs"
    }

    /// The figures of a message from its rounds.
    /// - Parameter milliseconds: of every round, at least one, in any order.
    public init(
      name: String, exchange: Exchange, floats: Int, ranks: Int, milliseconds: [Double]
    ) {
      precondition(!milliseconds.isEmpty, "no round of \(name) was measured")
      let sorted = milliseconds.sorted()
      self.name = name
      self.exchange = exchange
      self.floats = floats
      bytes = floats * MemoryLayout<Float>.stride
      medianMs = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      minMs = sorted[0]
      algorithmGBs = Double(bytes) / medianMs / 1e6
      busGBs = algorithmGBs * 2 * Double(ranks - 1) / Double(ranks)
    }
  }

  /// Ranks of the group.
  public var ranks: Int
  /// Measured rounds of each message.
  public var rounds: Int
  /// The messages, as they were measured; none on one rank, which has nothing to average.
  public var messages: [Message]

  /// Measures `rounds` rounds of every message after `warmUp` unmeasured ones; every rank of the
  /// group calls it.
  ///
  /// - Throws: `MPIError`, `TrialShapeError`.
  public init(
    group: Communicator, exchanges: [Exchange] = Exchange.allCases, rounds: Int = 50,
    warmUp: Int = 5
  ) throws {
    ranks = group.size
    self.rounds = rounds
    messages = []
    guard group.size > 1 else { return }
    for (name, floats) in try Self.lengths() {
      let values = AlignedBuffer<Float>(count: floats)
      for exchange in exchanges {
        let times = try (0..<warmUp + rounds).map { _ in
          try Self.round(exchange, values.elements, group)
        }
        let slowest = try group.allreduce(Array(times[warmUp...]), .max)
        messages.append(
          Message(
            name: name, exchange: exchange, floats: floats, ranks: group.size,
            milliseconds: slowest))
      }
    }
  }

  /// This rank's milliseconds for one message, from when all are ready.
  private static func round(
    _ exchange: Exchange, _ values: UnsafeMutableBufferPointer<Float>, _ group: Communicator
  ) throws -> Double {
    let clock = ContinuousClock()
    try group.barrier()
    let start = clock.now
    try exchange.average(values, over: group)
    return (clock.now - start).inSeconds * 1000
  }

  /// Round lengths, and what the paper's networks send with each step: their arena of gradients
  /// with its tail.
  package static func lengths() throws -> [(name: String, floats: Int)] {
    let round = [("4 KiB", 1 << 10), ("64 KiB", 1 << 14), ("1 MiB", 1 << 18), ("16 MiB", 1 << 22)]
    let networks = try [ArchitectureSpec.ffnn, .cnn].map { architecture in
      let trial = Trial(
        dataset: DatasetSpec(name: "mnist"), architecture: architecture,
        activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 1), seed: 0)
      let spec = try NetworkSpec(
        trial, input: ImageShape(height: 28, width: 28, channels: 1), classes: 10)
      let arena = Network(spec, capacity: 1, seed: 0).arena
      return ("\(architecture.kind.rawValue) gradients", arena.gradientsWithTail.count)
    }
    return round + networks
  }
}
