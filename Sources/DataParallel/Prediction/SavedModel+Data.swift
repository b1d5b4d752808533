import Datasets
import Experiments

extension SavedModel {
  /// The data that the model was trained on.
  /// - Throws: `DatasetError` where it isn't there; `SavedModelError` where it isn't what the model was
  ///   trained on, as far as that is known.
  func trainedData(search: DatasetSearch) throws -> any Dataset {
    let (name, source) = (trial.dataset.name, trial.dataset.source)
    if let trainedOn, let source {
      let found = try search.digests(of: name, source)
      guard found == trainedOn else {
        throw SavedModelError.otherData(
          "\(source.place): the SHA-256 of its contents begins "
            + "\(found.joined(separator: ", ")), not \(trainedOn.joined(separator: ", ")).")
      }
    }
    do {
      let data = try search.read(name, source)
      try check(classNames: data.classNames, of: data.path)
      return data
    } catch let error as DatasetError where !error.isMissing && trial.dataset.testFraction != nil {
      // It could be read when the model was trained.
      throw SavedModelError.otherData(error.description)
    }
  }

  /// - Throws: `SavedModelError` where the data has other classes than the model.
  private func check(classNames found: [String], of place: String) throws {
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
