import Crypto
import Experiments
import Foundation
import Support

/// The files of a trial's folder, and the definition of a done trial.
///
/// A trial is done if the journal says that it finished, its `result.json` agrees, and each file
/// that the result names still has its length and hash. Results of earlier versions name no files:
/// they count unverified if the files there can be parsed. Otherwise the trial isn't done: a sweep
/// trains it again, and all other commands refuse it.
package enum TrialFiles {
  package static let configuration = "trial.json"
  package static let progress = "progress.csv"
  package static let layers = "layers.csv"
  /// Only of trials that learn parameters of their activation.
  package static let parameters = "parameters.csv"
  package static let confusion = "confusion.csv"
  package static let model = "model.safetensors"
  package static let result = "result.json"

  /// Every file written there except checkpoints.
  package static let all = [
    configuration, progress, layers, parameters, confusion, model, result,
  ]

  package static func marks(_ files: [(name: String, bytes: [UInt8])]) -> [String: FileMark] {
    Dictionary(
      files.map { ($0.name, FileMark(bytes: $0.bytes.count, sha256: digest($0.bytes))) },
      uniquingKeysWith: { $1 })
  }

  package static func summary(
    in folder: String, fileSystem: any FileSystem = POSIXFileSystem()
  ) throws(DamagedTrialFile) -> TrialSummary {
    let path = "\(folder)/\(result)"
    let bytes = try contents(of: path, atMost: ReadLimit.text, fileSystem)
    do throws(ResultFileError) {
      return try TrialSummary(json: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw DamagedTrialFile(path: path, reason: error.message)
    }
  }

  /// Checks that a finished trial is done.
  /// - Parameter summary: its ending by the journal.
  /// - Throws: the first damaged file.
  package static func check(
    _ summary: TrialSummary, in folder: String, fileSystem: any FileSystem = POSIXFileSystem()
  ) throws(DamagedTrialFile) {
    let found = try self.summary(in: folder, fileSystem: fileSystem)
    // As text, since a score may be NaN, which equals nothing.
    guard let text = try? found.json(), text == (try? summary.json()) else {
      throw DamagedTrialFile(
        path: "\(folder)/\(result)", reason: "it doesn't match the journal")
    }
    try checkFiles(of: summary, in: folder, fileSystem)
  }

  /// Checks the files that a result names or, if it names none, those that exist.
  package static func checkFiles(
    of summary: TrialSummary, in folder: String, _ fileSystem: any FileSystem
  ) throws(DamagedTrialFile) {
    guard let marks = summary.files else {
      return try checkUnmarked(of: summary, in: folder, fileSystem)
    }
    for (name, mark) in marks.sorted(by: { $0.key < $1.key }) {
      let path = "\(folder)/\(name)"
      // No other names are ever written, and a name must not lead out of the folder.
      guard all.contains(name) else {
        throw DamagedTrialFile(path: "\(folder)/\(result)", reason: "it names the file \(name)")
      }
      let bytes = try contents(of: path, atMost: max(0, mark.bytes), fileSystem)
      guard bytes.count == mark.bytes else {
        throw DamagedTrialFile(
          path: path, reason: "it has \(bytes.count) bytes, and \(mark.bytes) were written")
      }
      guard digest(bytes) == mark.sha256 else {
        throw DamagedTrialFile(path: path, reason: "its contents aren't those that were written")
      }
    }
  }

  private static func checkUnmarked(
    of summary: TrialSummary, in folder: String, _ fileSystem: any FileSystem
  ) throws(DamagedTrialFile) {
    let readers: [(String, Int, ([UInt8]) throws -> Void)] = [
      (
        configuration, ReadLimit.text,
        { bytes in
          let text = String(decoding: bytes, as: UTF8.self)
          guard try Trial(canonicalConfiguration: text).id == summary.id else {
            throw ResultFileError(message: "it is another trial's")
          }
        }
      ),
      (
        confusion, ReadLimit.text,
        { _ = try ConfusionMatrix.parse(csv: String(decoding: $0, as: UTF8.self)) }
      ),
      (model, ReadLimit.weights, { _ = try Safetensors.decode($0) }),
    ]
    for (name, limit, read) in readers {
      let path = "\(folder)/\(name)"
      do {
        try read(try fileSystem.read(path, atMost: limit))
      } catch let error as SystemCallError {
        if error.code != ENOENT { throw DamagedTrialFile(path: path, reason: error.reason) }
      } catch {
        throw DamagedTrialFile(path: path, reason: String(describing: error))
      }
    }
  }

  private static func contents(
    of path: String, atMost limit: Int, _ fileSystem: any FileSystem
  ) throws(DamagedTrialFile) -> [UInt8] {
    do throws(SystemCallError) {
      return try fileSystem.read(path, atMost: limit)
    } catch {
      let reason =
        error == .tooLong && limit < ReadLimit.text
        ? "it has more than the \(limit) bytes that were written" : error.reason
      throw DamagedTrialFile(path: path, reason: reason)
    }
  }

  private static func digest(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }
}

/// A file of a finished trial that is missing or was changed.
package struct DamagedTrialFile: ReportableError, Hashable {
  package let path: String
  package let reason: String

  package var exitCode: ExitCode { .badData }

  package var description: String {
    "\(path): \(reason); restore the file from a copy, or run the study's command again, which trains "
      + "this trial again"
  }
}
