import Crypto
import Foundation
import Support

/// A checkpoint as a file: safetensors with the arena's parameters and the optimizer's slots as
/// laid out in memory, and the finished epochs as a uint8 tensor. The metadata holds the trial's
/// state, the arena's layout and a hash of everything.
///
/// The epochs are not in the metadata, whose length is limited, since there may be a million.
package enum CheckpointFile {
  private static let epochs = "epochs"
  private static let format = "srelu checkpoint 2"

  package struct Contents {
    package var state: TrainingState
    /// The arena's tensors, in its order.
    package var tensors: [[Float]]
  }

  enum Flaw: Error {
    /// The bytes are not those that were written.
    case damaged(String)
    /// Intact, but another trial's.
    case foreign(String)
  }

  package struct Layout {
    /// The tensors' meaning, as text.
    let text: String
    let tensors: [(name: String, shape: [Int])]

    package init(text: String, tensors: [(name: String, shape: [Int])]) {
      self.text = text
      self.tensors = tensors
    }
  }

  /// Returns the bytes before the body, which is the tensors, then the epochs' lines.
  package static func header(
    _ state: TrainingState, layout: Layout, body: UnsafeRawBufferPointer, epochs: [UInt8]
  ) -> [UInt8] {
    var rest = state
    rest.records = []
    let text: String
    do {
      text = try JSON.text(rest)
    } catch {
      preconditionFailure("the state \(rest) can't be encoded: \(error)")
    }
    let hash = epochs.withUnsafeBytes { digest(text, layout.text, [body, $0]) }
    return Safetensors.header(
      layout.tensors, text: (Self.epochs, epochs.count),
      metadata: ["format": format, "state": text, "layout": layout.text, "sha256": hash])
  }

  static func decode(_ bytes: [UInt8], trial: String, layout: Layout) throws(Flaw) -> Contents {
    let file: Safetensors.File
    do {
      file = try Safetensors.File(bytes, text: epochs)
    } catch {
      throw .damaged(String(describing: error))
    }
    guard file.metadata["format"] == format, let text = file.metadata["state"] else {
      throw .foreign("this program did not write it")
    }
    let layoutText = file.metadata["layout"] ?? ""
    let hash = file.body(of: bytes).withUnsafeBytes { digest(text, layoutText, [$0]) }
    guard file.metadata["sha256"] == hash else {
      throw .damaged("its hash doesn't match its contents")
    }
    guard var state = try? JSON.value(TrainingState.self, from: text.utf8),
      let records = EpochLines.records(file.text), state.trial == trial
    else { throw .foreign("it belongs to another trial") }
    state.records = records
    guard file.metadata["layout"] == layout.text else {
      throw .foreign("its network has another layout")
    }
    guard file.tensors.map(\.name) == layout.tensors.map(\.name),
      file.tensors.map(\.shape) == layout.tensors.map(\.shape)
    else { throw .damaged("its tensors don't match its network and optimizer") }
    return Contents(state: state, tensors: file.tensors.map(\.values))
  }

  private static func digest(
    _ state: String, _ layout: String, _ parts: [UnsafeRawBufferPointer]
  ) -> String {
    var hash = SHA256()
    hash.update(data: Data("\(format)\n\(state)\n\(layout)\n".utf8))
    for part in parts { hash.update(bufferPointer: part) }
    return hash.finalize().hexadecimal
  }
}
