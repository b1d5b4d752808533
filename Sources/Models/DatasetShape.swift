/// What has to be known of a data set to build a network for it and to estimate its cost.
public struct DatasetShape: Hashable, Codable, Sendable {
  /// One sample.
  public var input: ImageShape
  /// Number of classes.
  public var classes: Int
  /// Samples to train on.
  public var trainCount: Int
  /// Samples to test on.
  public var testCount: Int

  /// A shape from its parts.
  public init(input: ImageShape, classes: Int, trainCount: Int, testCount: Int) {
    self.input = input
    self.classes = classes
    self.trainCount = trainCount
    self.testCount = testCount
  }
}
