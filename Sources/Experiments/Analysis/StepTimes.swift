import Foundation

/// The step times of a block's trials: the subject's against ReLU's, if they are comparable.
struct StepTimes {
  /// Half of the range over the mean, up to which an activation's own step times are usable. The
  /// claim is about a tenth; where one activation's steps vary by twice that, a difference between
  /// two is the machine's other load.
  static let mostVariation = 0.2

  /// How much longer the subject's steps take than ReLU's, as a share of ReLU's, seed by seed; only
  /// trials on the same number of ranks.
  let slowdowns: [Double]
  /// Why the times decide nothing; nil where they may.
  let doubt: String?

  init(_ block: BlockComparison) {
    guard let own = block.own,
      let relu = block.cells.first(where: { $0.activation.name == "relu" })
    else {
      (slowdowns, doubt) = ([], nil)
      return
    }
    let pairs = StepTimePairs(own, relu)
    slowdowns = pairs.all.map { ($0.own - $0.reference) / $0.reference }
    let beside = pairs.ranBesideOthers
    let variations = [
      (own.activation, pairs.all.map(\.own)), (relu.activation, pairs.all.map(\.reference)),
    ].map {
      (name: $0.shortDisplayLabel, share: Self.variation($1))
    }
    if beside > 0 {
      doubt = "\(beside) of \(pairs.trials.count) trials ran beside others"
    } else if let worst = variations.max(by: { $0.share < $1.share }),
      // A share equal to the limit in decimal must not miss it by its last bit.
      worst.share >= Self.mostVariation * (1 - 1e-9)
    {
      doubt =
        "the steps of \(worst.name) alone vary by ±"
        + String(format: "%.0f %%", worst.share * 100)
    } else {
      doubt = nil
    }
  }

  private static func variation(_ times: [Double]) -> Double {
    guard let least = times.min(), let most = times.max(),
      let mean = SampleStatistics(times)?.mean, mean > 0
    else { return 0 }
    return (most - least) / 2 / mean
  }
}
