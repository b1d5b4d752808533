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
    dataset = try values.decode(DatasetSpec.self, forKey: .dataset)
    architecture = try values.decode(ArchitectureSpec.self, forKey: .architecture)
    activation = try values.decode(ActivationSpec.self, forKey: .activation)
    guard activation.isKnown else {
      throw DecodingError.noSuchValue(
        values.codingPath, SettingKey(CodingKeys.activation.rawValue))
    }
    training = try values.decode(TrainingSpec.self, forKey: .training)
    seed = try values.decode(UInt64.self, forKey: .seed)
  }
}
