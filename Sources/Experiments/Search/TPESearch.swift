import CounterRandom
import Foundation

/// The tree-structured Parzen estimator (Bergstra et al., "Algorithms for hyper-parameter optimization",
/// 2011), univariate: the configurations with results are split into the best share and the rest. A new
/// value is the one with the highest ratio of the good ones' density to the others' density, among some
/// values drawn from the good ones' density.
///
/// Running trials are ignored, as in Optuna by default; configurations proposed at the same time still
/// differ, because each has its own random numbers. A configuration with several trials is ranked by the
/// mean of its ranks within each combination of the grid. The number of good configurations and the kernels'
/// widths follow Optuna.
struct TPESearch: SearchStrategy {
  static let name = "tpe"
  static let purpose =
    "Draws that learn from the results so far: a tree-structured Parzen estimator."
  private static let startup = Setting(
    "startup", .integer(1...100_000), default: .integer(10),
    "The number of configurations with results before it learns; until then draws are independent.")
  private static let gamma = Setting(
    "gamma",
    .number(.init(minimum: 0, excludesMinimum: true, maximum: 1, excludesMaximum: true)),
    default: .number(0.1),
    "The share of configurations that count as good, at most 25.")
  private static let candidates = Setting(
    "candidates", .integer(1...10_000), default: .integer(24),
    "The number of values drawn for each parameter, of which the most promising is taken.")
  static let settings = [startup, gamma, candidates, SearchSpec.objective]
  static let learns = true

  private static let mostGood = 25
  private let search: SearchSpec
  private var values: [Int: [Double]] = [:]
  /// The results by combination of the grid and configuration.
  private var results: [Int: [Int: Double]] = [:]

  init(_ search: SearchSpec) { self.search = search }

  mutating func report(_ result: SearchResult) -> [String] {
    guard result.hasEnded, let sample = result.trial.sample else { return [] }
    values[sample] = result.trial.values
    results[result.trial.bracket, default: [:]][sample] =
      result.value.isNaN ? .infinity : result.value
    return []
  }

  func next(_ index: Int) -> [Double]? {
    let ranked = ranked
    let startup: Int = search[Self.startup]
    guard ranked.count >= startup else { return search.randomValues(index) }
    let gamma: Double = search[Self.gamma]
    let candidates: Int = search[Self.candidates]
    let count = min(Int((gamma * Double(ranked.count)).rounded(.up)), Self.mostGood)
    return search.parameters.enumerated().map { place, parameter in
      let observed = ranked.map { $0[place] }
      let good = ParzenEstimator(observed.prefix(count), of: parameter.distribution)
      let others = ParzenEstimator(observed.dropFirst(count), of: parameter.distribution)
      var stream = search.stream(parameter.key, configuration: index)
      let drawn = (0..<candidates).map { _ in
        good.value(kernel: stream.nextShare(), share: stream.nextShare())
      }
      let promise = drawn.map { log(good.density($0)) - log(others.density($0)) }
      // The first of equally promising values.
      let best = promise.indices.max { (promise[$0], $1) < (promise[$1], $0) }
      return drawn[best ?? 0]
    }
  }

  /// The values of all configurations with results, the best first.
  private var ranked: [[Double]] {
    var shares: [Int: (sum: Double, count: Int)] = [:]
    // In their order: sums of floats depend on it.
    for (_, results) in results.sorted(by: { $0.key < $1.key }) {
      let sorted = results.values.sorted()
      for (sample, value) in results {
        // Ties share their mean rank.
        let first = sorted.partitioningIndex { $0 >= value }
        let end = sorted.partitioningIndex { $0 > value }
        let old = shares[sample] ?? (0, 0)
        shares[sample] = (old.sum + Double(first + end) / Double(2 * sorted.count), old.count + 1)
      }
    }
    return shares.sorted {
      ($0.value.sum / Double($0.value.count), $0.key)
        < ($1.value.sum / Double($1.value.count), $1.key)
    }.compactMap { values[$0.key] }
  }
}

/// The density of a parameter's observed values: a mixture, with equal weights, of a kernel at each of them
/// and one over the whole distribution.
package struct ParzenEstimator {
  private struct Kernel {
    var mean: Double
    var width: Double
  }

  private let distribution: SearchDistribution
  private let observed: [Double]
  /// Normal distributions truncated to `range`; the last one covers all of it.
  private let kernels: [Kernel]
  /// For whole numbers, with half a unit added at both ends; for `log-uniform`, in logarithms.
  private let range: ClosedRange<Double>

  /// - Parameter observed: values that the distribution can give.
  package init(_ observed: some Sequence<Double>, of distribution: SearchDistribution) {
    self.distribution = distribution
    self.observed = Array(observed)
    switch distribution {
    case .uniform(let values): range = values
    case .logUniform(let values): range = log(values.lowerBound)...log(values.upperBound)
    case .integer(let values):
      range = (Double(values.lowerBound) - 0.5)...(Double(values.upperBound) + 0.5)
    case .choice: range = 0...1
    }
    let length = range.upperBound - range.lowerBound
    let middle = (range.lowerBound + range.upperBound) / 2
    let isLogarithmic = if case .logUniform = distribution { true } else { false }
    let means = self.observed.map { isLogarithmic ? log($0) : $0 }
    let sorted = (means + [middle]).sorted()
    let narrowest = length / min(100, Double(means.count + 2))
    kernels =
      means.map { mean in
        // The distance to the farther neighbour with another value.
        let first = sorted.partitioningIndex { $0 >= mean }
        let end = sorted.partitioningIndex { $0 > mean }
        let left = first > 0 ? mean - sorted[first - 1] : 0
        let right = end < sorted.count ? sorted[end] - mean : 0
        return Kernel(mean: mean, width: min(max(left, right, narrowest), length))
      } + [Kernel(mean: middle, width: length)]
  }

  /// The density at a value, per unit of the value or, for `log-uniform`, of its logarithm; for whole
  /// numbers and lists, the probability.
  package func density(_ value: Double) -> Double {
    let sum =
      switch distribution {
      case .choice(let values):
        Double(observed.count { $0 == value }) + 1 / Double(values.count)
      case .uniform: kernels.reduce(0) { $0 + density($1, value) }
      case .logUniform: kernels.reduce(0) { $0 + density($1, log(value)) }
      case .integer:
        kernels.reduce(0) { $0 + mass($1, value - 0.5, value + 0.5) / mass($1) }
      }
    return sum / Double(observed.count + 1)
  }

  /// Draws a value from two uniform numbers in [0, 1).
  /// - Parameters:
  ///   - kernel: selects the kernel.
  ///   - share: the quantile within it.
  package func value(kernel: Double, share: Double) -> Double {
    let index = min(Int(kernel * Double(observed.count + 1)), observed.count)
    if case .choice = distribution {
      return index < observed.count ? observed[index] : distribution.value(at: share)
    }
    let (mean, width) = (kernels[index].mean, kernels[index].width)
    let low = NormalDistribution.cumulative((range.lowerBound - mean) / width)
    let high = NormalDistribution.cumulative((range.upperBound - mean) / width)
    let value = mean + width * NormalDistribution.quantile(low + share * (high - low))
    let inside = min(max(value, range.lowerBound), range.upperBound)
    return switch distribution {
    case .logUniform: distribution.rounded(exp(inside))
    case .integer(let values):
      min(max(inside.rounded(), Double(values.lowerBound)), Double(values.upperBound))
    default: distribution.rounded(inside)
    }
  }

  private func density(_ kernel: Kernel, _ position: Double) -> Double {
    NormalDistribution.density((position - kernel.mean) / kernel.width)
      / (kernel.width * mass(kernel))
  }

  /// A kernel's mass inside the range, before truncation.
  private func mass(_ kernel: Kernel) -> Double {
    mass(kernel, range.lowerBound, range.upperBound)
  }

  private func mass(_ kernel: Kernel, _ low: Double, _ high: Double) -> Double {
    NormalDistribution.cumulative((high - kernel.mean) / kernel.width)
      - NormalDistribution.cumulative((low - kernel.mean) / kernel.width)
  }
}
