import Datasets
import Experiments
import NeuralNet

/// Samples as a network sees them, for a prediction.
package struct PredictionSamples: Sendable {
  /// Rows of `shape.count` features.
  package let features: [Float]
  package let labels: [UInt8]?
  /// What each sample is called: a number in its data set, or its file.
  package let names: [String]
  package let shape: ImageShape
  package var count: Int { names.count }

  package enum Part: String, CaseIterable, Sendable {
    case train, test
  }
}

extension PredictionSamples {
  /// The samples that a model was trained or tested on.
  /// - Throws: `DatasetError`; `SavedModelError` where the data isn't what the model was trained on.
  package init(_ part: Part, of model: SavedModel, search: DatasetSearch) throws {
    let data = try model.trainedData(search: search)
    let split = data.split(seed: model.trial.seed)
    let samples = part == .train ? split.train : split.test
    features = try data.features(of: samples, seed: model.trial.seed)
    labels = samples.map { data.labels[$0] }
    names = samples.indices.map(String.init)
    shape = data.input
  }

  /// The samples of files of the user's own: images, or tables with the columns of the trial's.
  /// - Parameters:
  ///   - files: at least one.
  ///   - inverted: whether images are dark on light, and the data set's light on dark.
  /// - Throws: `DatasetError`, `SavedModelError` for images of different sizes.
  package init(
    files: [String], for model: SavedModel, inverted: Bool, search: DatasetSearch
  ) throws {
    let dataset = model.trial.dataset
    let source = try search.source(of: dataset.name, dataset.source)
    // Images are prepared alike whatever a model was trained on.
    let data = dataset.holdsImages == true ? nil : try model.trainedData(search: search)
    let parts = try files.map { file in
      guard case .numbers(let table)? = data?.form else {
        return Self.samples(try source.reader.images(of: file), of: file, inverted: inverted)
      }
      let rows = try source.reader.rows(of: file, like: table, source)
      return PredictionSamples(
        features: try table.features(of: rows, seed: model.trial.seed), labels: rows.labels,
        names: Self.names(rows.count, in: file), shape: table.input)
    }
    let first = parts[0].shape
    if let odd = parts.first(where: { $0.shape != first }) {
      throw SavedModelError(
        description: "\(odd.names[0]) is \(odd.shape.height)×\(odd.shape.width), and "
          + "\(parts[0].names[0]) \(first.height)×\(first.width): all must have one size.",
        exitCode: .badData)
    }
    features = parts.flatMap(\.features)
    names = parts.flatMap(\.names)
    shape = first
    // Without the classes of some there is no accuracy over all.
    let known = parts.compactMap(\.labels)
    labels = known.count == parts.count ? known.flatMap { $0 } : nil
  }

  private static func samples(
    _ images: ImageFile, of path: String, inverted: Bool
  ) -> PredictionSamples {
    PredictionSamples(
      features: inverted ? images.brightness.map { 1 - $0 } : images.brightness, labels: nil,
      names: names(images.count, in: path),
      shape: ImageShape(height: images.height, width: images.width))
  }

  private static func names(_ count: Int, in path: String) -> [String] {
    count == 1 ? [path] : (0..<count).map { "\(path):\($0)" }
  }

  /// Some of the samples, by their place.
  package func only(_ places: [Int]) -> PredictionSamples {
    PredictionSamples(
      features: places.flatMap { features[$0 * shape.count..<($0 + 1) * shape.count] },
      labels: labels.map { labels in places.map { labels[$0] } }, names: places.map { names[$0] },
      shape: shape)
  }
}
