import Datasets
import Experiments

/// The table that a model was trained on, split and standardised as it was then.
struct TrainedTable {
  let table: Table
  let trainRows: [Int]
  let testRows: [Int]
  let scaling: Standardisation

  /// - Returns: nil for a model of images.
  /// - Throws: `DatasetError` where the table isn't there; `SavedModelError` where it isn't the one that
  ///   the model was trained on.
  init?(_ model: SavedModel, search: DatasetSearch) throws {
    let trial = model.trial
    guard let fraction = trial.dataset.testFraction else { return nil }
    try model.checkDigests(of: trial.dataset)
    do {
      table = try Table(trial.dataset, search: search)
    } catch let error as DatasetError where !error.isMissing {
      // It could be read when the model was trained.
      throw SavedModelError.otherData(error.description)
    }
    try model.check(classNames: table.classNames, of: table.path)
    (trainRows, testRows) = table.split(seed: trial.seed, testFraction: fraction)
    scaling = table.standardisation(by: trainRows)
  }
}

extension SavedModel {
  /// - Throws: `SavedModelError` where a user's own data isn't what the model was trained on, as far as
  ///   that is known; `DatasetError` where it can't be read.
  func checkDigests(of dataset: DatasetSpec) throws {
    guard let trainedOn, let place = dataset.place else { return }
    let found =
      if case .idx(let folder) = dataset.source {
        try DatasetDigests.images(folder: folder)
      } else {
        [try DatasetDigests.file(place)]
      }
    guard found != trainedOn else { return }
    throw SavedModelError.otherData(
      "\(place): the SHA-256 of its contents begins \(found.joined(separator: ", ")), not "
        + "\(trainedOn.joined(separator: ", ")).")
  }

  /// - Throws: `SavedModelError` where the data has other classes than the model.
  func check(classNames found: [String], of place: String) throws {
    guard found != classNames else { return }
    func list(_ names: [String]) -> String {
      names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    }
    throw SavedModelError.otherData(
      "\(place): its classes are \(list(found)), the model's \(list(classNames)).")
  }
}

extension SavedModelError {
  /// The data has changed since a model was trained on it.
  static func otherData(_ what: String) -> SavedModelError {
    SavedModelError(
      description: "\(what) This isn't the data that the model was trained on, which is needed to "
        + "prepare samples as they were then: put it back, or train again.", exitCode: .badData)
  }
}

extension DatasetSpec {
  /// Where a user's own data is.
  var place: String? {
    switch source {
    case .builtin: nil
    case .idx(let folder): folder
    case .csv(let file, _, _): file
    }
  }
}
