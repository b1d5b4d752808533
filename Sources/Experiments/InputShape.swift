/// The shape of one sample: an image, or a row of features with a height and width chosen for it.
public struct InputShape: Hashable, Codable, Sendable {
  /// Colour channels.
  public var channels: Int
  /// Rows of the image.
  public var height: Int
  /// Columns of the image.
  public var width: Int

  /// An image of one channel unless said otherwise.
  public init(channels: Int = 1, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Numbers per sample.
  public var features: Int { channels * height * width }
}

extension InputShape: CustomStringConvertible {
  /// `28×28`, with the channels in front where there are several: `3×32×32`.
  public var description: String {
    channels == 1 ? "\(height)×\(width)" : "\(channels)×\(height)×\(width)"
  }
}

/// What has to be known of a data set to build a network for it and to estimate its cost.
public struct DatasetShape: Hashable, Codable, Sendable {
  /// One sample.
  public var input: InputShape
  /// Number of classes.
  public var classes: Int
  /// Samples to train on.
  public var trainCount: Int
  /// Samples to test on.
  public var testCount: Int

  /// A shape from its parts.
  public init(input: InputShape, classes: Int, trainCount: Int, testCount: Int) {
    self.input = input
    self.classes = classes
    self.trainCount = trainCount
    self.testCount = testCount
  }

  /// Units of the network's last layer: one with a sigmoid for two classes, else one per class.
  public var outputs: Int { classes == 2 ? 1 : classes }
}

/// One convolution with the pooling after it, every size resolved.
public struct ConvolutionStage: Hashable, Sendable {
  /// What comes in.
  public var input: InputShape
  /// After the convolution (stride 1).
  public var convolved: InputShape
  /// After the 2×2 max-pooling (stride 2).
  public var pooled: InputShape
}

extension ArchitectureSpec {
  /// The sizes of every convolution and pooling for samples of shape `input`; empty for `ffnn`.
  ///
  /// With padding `valid` a convolution takes `kernel - 1` rows and columns away and pooling drops
  /// an odd last one; with `same` a convolution keeps the size and pooling rounds up, as Keras does
  /// for layers of that padding.
  /// - Returns: nil when nothing would be left of the image.
  public func convolutionStages(for input: InputShape) -> [ConvolutionStage]? {
    var stages: [ConvolutionStage] = []
    var current = input
    for channels in filters {
      let lost = padding == .valid ? kernel - 1 : 0
      let roundUp = padding == .same ? 1 : 0
      let convolved = InputShape(
        channels: channels, height: current.height - lost, width: current.width - lost)
      let pooled = InputShape(
        channels: channels, height: (convolved.height + roundUp) / 2,
        width: (convolved.width + roundUp) / 2)
      guard convolved.height > 0, convolved.width > 0, pooled.height > 0, pooled.width > 0 else {
        return nil
      }
      stages.append(ConvolutionStage(input: current, convolved: convolved, pooled: pooled))
      current = pooled
    }
    return stages
  }

  /// Why the architecture can't take samples of shape `input`, or nil when it can.
  public func obstacle(for input: InputShape) -> String? {
    guard kind == .cnn else { return nil }
    if kernel > min(input.height, input.width) {
      return "a kernel of \(kernel)×\(kernel) is larger than the \(input) image"
    }
    if convolutionStages(for: input) == nil {
      return "nothing is left of the \(input) image after \(filters.count) "
        + "\(filters.count == 1 ? "convolution" : "convolutions") with a \(kernel)×\(kernel) kernel, "
        + "padding \(padding.rawValue), each with 2×2 pooling"
    }
    return nil
  }
}
