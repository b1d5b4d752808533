import Experiments
import Foundation
import NeuralNet

/// A trained network as a study's folder keeps it: the trial, the names of its classes, and its
/// parameters.
public struct SavedModel: Sendable {
  /// What was trained.
  public let trial: Trial
  /// Names of the classes, by number.
  public let classNames: [String]
  let tensors: [NamedTensor]
  /// What `DatasetDigests` gave for a user's own data when the model was trained; nil where that isn't
  /// known.
  public var trainedOn: [String]?

  /// The model that a trial's folder holds.
  ///
  /// - Parameter path: the folder, or its `model.safetensors`.
  /// - Throws: `SavedModelError`.
  public init(contentsOf path: String) throws {
    let folder =
      path.hasSuffix(".safetensors")
      ? URL(fileURLWithPath: path).deletingLastPathComponent().path : path
    func file<Value>(_ name: String, _ read: (Data) throws -> Value) throws -> Value {
      let file = "\(folder)/\(name)"
      guard let data = FileManager.default.contents(atPath: file) else {
        throw SavedModelError(
          description: "\(file): no such file. A finished trial's folder is needed, such as "
            + "runs/paper/trials/<id>.", exitCode: .usage)
      }
      do {
        return try read(data)
      } catch {
        throw SavedModelError(description: "\(file): \(error)", exitCode: .badData)
      }
    }
    func text(_ data: Data) -> String { String(decoding: data, as: UTF8.self) }
    trial = try file("trial.json") { try Trial(canonicalConfiguration: text($0)) }
    classNames = try file("confusion.csv") {
      try ConfusionMatrix.parse(csv: text($0)).classNames
    }
    guard classNames.count >= 2 else {
      throw SavedModelError(
        description: "\(folder)/confusion.csv: it names no two classes.", exitCode: .badData)
    }
    tensors = try file("model.safetensors") { try Safetensors.decode([UInt8]($0)) }
  }

  /// Why the parameters aren't those of a network; nil where they are.
  func mismatch(with network: Network) -> String? {
    let named = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { a, _ in a })
    for expected in network.stateDictionary() where named[expected.name] != expected.shape {
      let found = named[expected.name].map { "has the shape \($0)" } ?? "is missing"
      return "\(expected.name) \(found), and they need \(expected.shape)"
    }
    return nil
  }
}

/// A saved model that isn't there or can't be what it says.
public struct SavedModelError: ReportableError {
  /// What is wrong, where, and what to do.
  public let description: String
  /// Usage where there is no model, else bad data.
  public let exitCode: ExitCode
}
