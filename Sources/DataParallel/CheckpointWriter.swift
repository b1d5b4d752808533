import Dispatch
import NeuralNet
import Storage
import Support
import Synchronization

/// Writes a trial's checkpoints beside its training: the state is copied between two steps, which
/// takes as long as memory does, and goes to the disk on a thread of its own.
package final class CheckpointWriter: @unchecked Sendable {
  private struct Status {
    var isBusy = false
    var failure: WriteError?
    var seconds = 0.0
  }

  private let folder: CheckpointFolder
  private let layout: CheckpointFile.Layout
  /// What the arena keeps; touched by the thread only while `isBusy`.
  private let body: AlignedBuffer<Float>
  /// Touched by the thread only.
  private var epochs = EpochLines()
  private let queue = DispatchQueue(label: "checkpoints")
  private let status = Mutex(Status())

  package init(_ folder: CheckpointFolder, arena: ParameterArena) {
    self.folder = folder
    layout = CheckpointFile.Layout(arena)
    body = AlignedBuffer(count: arena.kept.reduce(0) { $0 + $1.values.count })
  }

  var isBusy: Bool { status.withLock { $0.isBusy } }

  package var failure: WriteError? { status.withLock { $0.failure } }

  /// What the last checkpoint took, from the start of its copy to the disk.
  var seconds: Double { status.withLock { $0.seconds } }

  /// Copies the state and starts to write it; waits for the checkpoint before, if it is under way.
  package func start(_ state: TrainingState, _ arena: ParameterArena) {
    queue.sync {}
    status.withLock { $0.isBusy = true }
    let clock = ContinuousClock()
    let begin = clock.now
    var end = body.base
    for part in arena.kept {
      end.update(from: part.values.base, count: part.values.count)
      end += part.values.count
    }
    queue.async { [self] in
      let failure = write(state)
      status.withLock {
        $0 = Status(
          isBusy: false, failure: failure ?? $0.failure, seconds: (clock.now - begin).inSeconds)
      }
    }
  }

  package func finish() { queue.sync {} }

  private func write(_ state: TrainingState) -> WriteError? {
    let bytes = UnsafeRawBufferPointer(body.elements)
    epochs.update(state.records)
    let header = CheckpointFile.header(
      state, layout: layout, body: bytes, epochs: epochs.bytes)
    do throws(WriteError) {
      try folder.write(header: header, body: bytes, epochs: epochs.bytes)
      return nil
    } catch {
      return error
    }
  }
}

extension CheckpointFile.Layout {
  /// The layout of an arena: its views, and what of it is kept.
  package init(_ arena: ParameterArena) {
    self.init(
      text: (arena.views + arena.stateViews).map { view in
        "\(view.name) \(view.shape.map(String.init).joined(separator: "x")) @\(view.offset)"
      }.joined(separator: "; "),
      tensors: arena.kept.map { ($0.name, [$0.values.count]) })
  }
}
