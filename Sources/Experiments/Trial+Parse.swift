import Foundation
import Support

extension Trial {
  /// The trial whose canonical configuration a text is, such as a `trial.json`'s.
  ///
  /// - Throws: `ResultFileError` that names the key that is missing or wrong.
  public init(canonicalConfiguration text: String) throws(ResultFileError) {
    do {
      self = try JSON.value(from: text.utf8)
    } catch let error as DecodingError {
      throw ResultFileError(message: error.inOneLine)
    } catch {
      throw ResultFileError(message: error.localizedDescription)
    }
  }
}

extension Trial: Decodable {
  private enum CodingKeys: String, CodingKey {
    case dataset, architecture, activation, training, seed
  }

  /// Reads a canonical configuration.
  /// - Throws: `DecodingError` that names the key that is missing or has a value that no trial has.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func check(_ isRight: Bool, _ key: CodingKeys, _ below: String? = nil) throws {
      guard !isRight else { return }
      throw DecodingError.noSuchValue(
        values.codingPath + (below == nil ? [] : [key]), SettingKey(below ?? key.rawValue))
    }
    dataset = try values.decode(DatasetSpec.self, forKey: .dataset)
    try check(dataset.source != .builtin || dataset.catalogueEntry != nil, .dataset)
    try check(dataset.testFraction.map { $0 > 0 && $0 < 1 } ?? true, .dataset, "test_fraction")
    architecture = try values.decode(ArchitectureSpec.self, forKey: .architecture)
    activation = try values.decode(ActivationSpec.self, forKey: .activation)
    try check(activation.isKnown, .activation)
    training = try values.decode(TrainingSpec.self, forKey: .training)
    seed = try values.decode(UInt64.self, forKey: .seed)
  }
}
