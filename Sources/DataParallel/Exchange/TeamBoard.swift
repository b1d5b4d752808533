import NeuralNet

/// What a team's ranks tell each other in every step, in memory that a host's ranks share: a few floats of
/// each rank, by its place in the order of shares.
final class TeamBoard {
  /// Sums of parameters' words that a rank tells, one for each of its ranges (`HostMessages`).
  static let sums = 64
  /// Floats of a rank's findings.
  static let findings = 4
  /// Floats of a rank: the step's totals, and its findings and sums in two places that alternate. A slow rank
  /// may still read the previous step's, but none is two steps ahead.
  static let length = 8 + 2 * (findings + sums)

  private let ranks: Int
  /// Set once the memory is there.
  var base: UnsafeMutablePointer<Float>?

  init(ranks: Int) { self.ranks = ranks }

  /// Floats of the board.
  var count: Int { ranks * Self.length }

  private func part(_ rank: Int) -> UnsafeMutablePointer<Float> {
    guard let base else { preconditionFailure("a board without memory") }
    return base + rank * Self.length
  }

  /// What a rank tells before the ranks meet.
  func tell(_ totals: StepTotals, rank: Int) {
    for index in 0..<8 { part(rank)[index] = totals.values[index] }
  }

  func told(by rank: Int) -> UnsafeMutablePointer<Float> { part(rank) }

  /// The sums over all ranks, in their order; between two meetings.
  func totals() -> StepTotals {
    var totals = StepTotals()
    for rank in 0..<ranks {
      for index in 0..<8 { totals.values[index] += part(rank)[index] }
    }
    return totals
  }

  /// A rank's findings and sums in a step.
  func findings(of rank: Int, step: Int) -> UnsafeMutablePointer<Float> {
    part(rank) + 8 + step % 2 * (Self.findings + Self.sums)
  }

  func tell(_ found: StepFindings, rank: Int, step: Int) {
    let place = findings(of: rank, step: step)
    place[0] = found.areGradientsFinite ? 0 : 1
    place[1] = Float(found.difference?.count ?? 0)
    place[2] = Float(found.difference?.replica ?? 0)
    place[3] = Float(bitPattern: UInt32(found.difference?.place ?? 0))
  }

  func areGradientsFinite(step: Int) -> Bool {
    (0..<ranks).allSatisfy { findings(of: $0, step: step)[0] == 0 }
  }

  /// The first replicas that a rank found to differ: the parameter's index, how many differ from the rank's
  /// own, and the first of them, in ranks of its host after its own.
  func difference(of rank: Int, step: Int) -> (place: Int, count: Int, replica: Int)? {
    let found = findings(of: rank, step: step)
    return found[1] > 0
      ? (Int(found[3].bitPattern), Int(found[1]), Int(found[2])) : nil
  }
}
