import Models

/// What there is to know of a set of images beside pixels and labels.
package struct ImageLayout: Hashable, Codable, Sendable {
  package let count: Int
  package let input: ImageShape
  package let classNames: [String]
  package let split: Split
}

/// Images of one channel with labels.
package struct ImageDataset: Dataset {
  package let layout: ImageLayout
  /// Brightness 0...255, one image after another, row by row; in parts that follow one another.
  package let pixels: [ArraySlice<UInt8>]
  package let labels: [UInt8]
  package let path: String

  package var input: ImageShape { layout.input }
  package var classNames: [String] { layout.classNames }
  package var split: Split { layout.split }
  package var form: DatasetForm { .bytes(layout) }

  package func features(of samples: [Int], seed: UInt64) throws -> [Float] {
    var features: [Float] = []
    features.reserveCapacity(samples.count * input.count)
    for sample in samples { features += image(sample).map { Float($0) * (1 / 255) } }
    return features
  }

  /// Every byte is one that networks take.
  package func checkValues(seed: UInt64) {}

  func image(_ number: Int) -> ArraySlice<UInt8> {
    var offset = number * input.count
    for part in pixels {
      if offset < part.count { return part.dropFirst(offset).prefix(input.count) }
      offset -= part.count
    }
    return []
  }
}
