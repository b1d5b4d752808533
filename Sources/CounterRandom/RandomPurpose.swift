/// The purpose of random numbers. Part of the counter, so that two uses of one seed never overlap.
public enum RandomPurpose: UInt32, Sendable, CaseIterable {
  /// The order of the samples in an epoch.
  case order = 1
  /// Which samples are held out for testing.
  case split = 2
  /// Which units are dropped.
  case dropout = 3
  /// Initial values of the weights.
  case initialWeights = 4
  /// Configurations of a search.
  case search = 5
  /// Bootstrap resamples and permutations.
  case resampling = 6

  /// The counter's last word for the `index`-th stream of this purpose, below 2¹².
  @inlinable
  public func tag(_ index: UInt32 = 0) -> UInt32 { rawValue << 12 | index }
}
