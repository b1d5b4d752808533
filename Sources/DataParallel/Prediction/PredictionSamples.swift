import Datasets
import Experiments
import NeuralNet

/// Samples as a network sees them, for a prediction.
public struct PredictionSamples: Sendable {
  /// Rows of `shape.count` features.
  public let features: [Float]
  /// Each sample's class, where it is known.
  public let labels: [UInt8]?
  /// What each sample is called: a number in its data set, or its file.
  public let names: [String]
  /// Shape of one sample.
  public let shape: ImageShape
  /// Number of samples.
  public var count: Int { names.count }

  /// Which part of a data set.
  public enum Part: String, CaseIterable, Sendable {
    case train, test
  }

  /// The samples that a model was trained or tested on.
  ///
  /// - Throws: `DatasetError`; `SavedModelError` where the data isn't what the model was trained on.
  public init(_ part: Part, of model: SavedModel, search: DatasetSearch) throws {
    if let trained = try TrainedTable(model, search: search) {
      let table = trained.table
      let rows = part == .train ? trained.trainRows : trained.testRows
      features = try trained.scaling.apply(
        table.features(of: rows), lines: rows.map { table.lines[$0] }, of: table.path)
      labels = rows.map { table.labels[$0] }
      names = rows.indices.map(String.init)
      shape = ImageShape(table, of: model.trial.dataset)
    } else {
      try model.checkDigests(of: model.trial.dataset)
      let images = try ImageDataset(model.trial.dataset, search: search)
      try model.check(
        classNames: images.layout.classNames, of: model.trial.dataset.place ?? "the data")
      let pixels = part == .train ? images.trainPixels : images.testPixels
      let classes = part == .train ? images.trainLabels : images.testLabels
      features = pixels.map { Float($0) * (1 / 255) }
      labels = Array(classes)
      names = classes.indices.map { String($0 - classes.startIndex) }
      shape = ImageShape(height: images.layout.height, width: images.layout.width, channels: 1)
    }
  }

  /// The samples of files of the user's own: images, or tables with the columns of the trial's.
  ///
  /// - Parameters:
  ///   - files: at least one.
  ///   - inverted: whether images are dark on light, and the data set's light on dark.
  /// - Throws: `DatasetError`, `SavedModelError` for images of different sizes.
  public init(
    files: [String], for model: SavedModel, inverted: Bool, search: DatasetSearch
  ) throws {
    let parts =
      try TrainedTable(model, search: search).map {
        try Self.rows(files, like: $0, of: model.trial)
      }
      ?? Self.images(files, for: model, inverted: inverted)
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

  private init(features: [Float], labels: [UInt8]?, names: [String], shape: ImageShape) {
    self.features = features
    self.labels = labels
    self.names = names
    self.shape = shape
  }

  private static func images(
    _ files: [String], for model: SavedModel, inverted: Bool
  ) throws -> [PredictionSamples] {
    try files.map { path in
      let images = try ImageFile(path)
      let shape = ImageShape(height: images.height, width: images.width, channels: 1)
      return PredictionSamples(
        features: inverted ? images.brightness.map { 1 - $0 } : images.brightness, labels: nil,
        names: names(images.count, in: path), shape: shape)
    }
  }

  private static func rows(
    _ files: [String], like trained: TrainedTable, of trial: Trial
  ) throws -> [PredictionSamples] {
    var label: String?
    if case .csv(_, let column, _) = trial.dataset.source { label = column }
    return try files.map { path in
      let rows = try trained.table.rows(csv: path, label: label)
      return PredictionSamples(
        features: try trained.scaling.apply(rows.features, lines: rows.lines, of: path),
        labels: rows.labels, names: names(rows.count, in: path),
        shape: ImageShape(trained.table, of: trial.dataset))
    }
  }

  private static func names(_ count: Int, in path: String) -> [String] {
    count == 1 ? [path] : (0..<count).map { "\(path):\($0)" }
  }

  /// Some of the samples, by their place.
  public func only(_ places: [Int]) -> PredictionSamples {
    PredictionSamples(
      features: places.flatMap { features[$0 * shape.count..<($0 + 1) * shape.count] },
      labels: labels.map { labels in places.map { labels[$0] } }, names: places.map { names[$0] },
      shape: shape)
  }
}

extension ImageShape {
  /// How a table's rows are laid out for a network.
  init(_ table: Table, of dataset: DatasetSpec) {
    let image = dataset.catalogueEntry?.shape.input
    self.init(height: image?.height ?? 1, width: image?.width ?? table.columns, channels: 1)
  }
}
