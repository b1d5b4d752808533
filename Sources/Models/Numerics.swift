/// What the bits of a result depend on beside the trial's configuration and data: the arithmetic of a step.
///
/// A change that gives any trial other bits counts this up. Results of one number are comparable bit for bit,
/// whatever machine they come from.
public enum Numerics {
  /// This version's: 2 since every instruction set gives the same bits and numbers too small to be normal
  /// count as 0, 3 since any number of ranks does.
  public static let current = 3
  /// Samples of a shard: sums over samples are taken shard by shard, and the shards' along a tree.
  public static let shardSamples = 4
  /// That of results that name none.
  public static let unnamed = 1
  /// What it is called among the versions in a journal.
  public static let key = "numerics"
}
