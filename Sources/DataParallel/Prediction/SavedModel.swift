import Experiments
import Foundation
import NeuralNet
import Storage
import Support

/// A trained network as a study's folder keeps it: the trial, the names of its classes, and its
/// parameters.
package struct SavedModel: Sendable {
  package let trial: Trial
  package let classNames: [String]
  /// Whether the trial wrote down digests, which its files then have.
  package let isVerified: Bool
  let tensors: [NamedTensor]
  /// The digests of a user's own data when the model was trained; nil where that isn't
  /// known.
  package var trainedOn: [String]?

  /// The model that a trial's folder holds.
  /// - Parameter path: the folder, or its `model.safetensors`.
  /// - Throws: `SavedModelError`.
  package init(contentsOf path: String) throws {
    let folder =
      path.hasSuffix(".safetensors")
      ? URL(fileURLWithPath: path).deletingLastPathComponent().path : path
    let fileSystem = POSIXFileSystem()
    func file<Value>(
      _ name: String, atMost limit: Int, _ read: ([UInt8]) throws -> Value
    ) throws -> Value {
      let file = "\(folder)/\(name)"
      do {
        return try read(try fileSystem.read(file, atMost: limit))
      } catch let error as SystemCallError {
        throw SavedModelError(description: "\(file): \(error.reason).", exitCode: .badData)
      } catch {
        throw SavedModelError(description: "\(file): \(error)", exitCode: .badData)
      }
    }
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    let names = [TrialFiles.configuration, TrialFiles.model, TrialFiles.result]
    guard names.contains(where: { FileManager.default.fileExists(atPath: "\(folder)/\($0)") })
    else {
      throw SavedModelError(
        description:
          "\(folder)/\(TrialFiles.configuration): no such file. A finished trial's folder "
          + "is needed, such as runs/paper/trials/<id>.", exitCode: .usage)
    }
    let summary = try TrialFiles.summary(in: folder)
    try TrialFiles.checkFiles(of: summary, in: folder, fileSystem)
    isVerified = summary.files != nil
    trial = try file(TrialFiles.configuration, atMost: ReadLimit.text) {
      try Trial(canonicalConfiguration: text($0))
    }
    classNames = try file(TrialFiles.confusion, atMost: ReadLimit.text) {
      try ConfusionMatrix.parse(csv: text($0)).classNames
    }
    guard classNames.count >= 2 else {
      throw SavedModelError(
        description: "\(folder)/confusion.csv: it names no two classes.", exitCode: .badData)
    }
    tensors = try file(TrialFiles.model, atMost: ReadLimit.weights) { try Safetensors.decode($0) }
    trainedOn = StudyReader.digestsOfData(for: trial, modelIn: folder)
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
package struct SavedModelError: ReportableError {
  package let description: String
  /// Usage where there is no model, else bad data.
  package let exitCode: ExitCode
}
